import { describe, expect, it } from 'vitest';
import { serverAddress } from './server-address.ts';

describe('serverAddress', () => {
  it('takes one address as it is', () => {
    expect(serverAddress('nats://127.0.0.1:4222')).toEqual({
      servers: ['nats://127.0.0.1:4222'],
      shown: 'nats://127.0.0.1:4222',
    });
  });

  it('splits the servers of a cluster', () => {
    expect(serverAddress('nats://a:1, nats://b:2').servers).toEqual(['nats://a:1', 'nats://b:2']);
  });

  it('takes user and password out and never shows them', () => {
    const address = serverAddress('nats://me:p%40ss:word@a:1,nats://b:2');
    expect(address).toMatchObject({ user: 'me', pass: 'p@ss:word', servers: ['nats://a:1', 'nats://b:2'] });
    expect(address.shown).toBe('nats://a:1,nats://b:2');
  });

  it('takes a percent sign that begins no escape as it is', () => {
    expect(serverAddress('nats://me:50%off@a:1')).toMatchObject({ user: 'me', pass: '50%off' });
    expect(serverAddress('nats://100%@a:1')).toMatchObject({ token: '100%' });
  });

  it('takes a token out and never shows it', () => {
    expect(serverAddress('s3cret@a:1')).toEqual({ servers: ['a:1'], token: 's3cret', shown: 'a:1' });
  });
});
