import { describe, expect, it } from 'vitest';
import { isNatsUrl, withoutSecrets } from './nats-url.ts';

describe('isNatsUrl', () => {
  it.each([
    'nats://127.0.0.1:4222',
    '127.0.0.1',
    'tls://a:1, nats://b:2',
    'nats://u:p@ss/w#rd@a:1',
    'token@[::1]:4222',
    'nats://a:1/',
  ])('takes %s', (text) => {
    expect(isNatsUrl(text)).toBe(true);
  });

  it.each([
    '',
    ' , ',
    'nats://',
    'nats://:::',
    'http://a:1',
    'nats://a:99999',
    'nats://a b',
    'nats://u:p@',
    'nats://bob:a,b@host:1',
  ])('refuses %j', (text) => {
    expect(isNatsUrl(text)).toBe(false);
  });
});

describe('withoutSecrets', () => {
  it.each([
    ['nats://127.0.0.1:4222', 'nats://127.0.0.1:4222'],
    ['nats://bob:s3cretPW@127.0.0.1:4222', 'nats://***@127.0.0.1:4222'],
    ['s3cretPW@a:1', '***@a:1'],
    ['nats://bob:s3cretPW@a:1, nats://b:2', 'nats://***@a:1,nats://b:2'],
    ['nats://bob:s3@cretPW/s3cretPW@a:1', 'nats://***@a:1'],
    // No address: a comma in a password parts it, and what is before it looks like a host.
    ['nats://bob:s3cretPW,s3cretPW@a:1', '***@a:1'],
    ['nonsense://bob:s3cretPW@a:1', '***@a:1'],
    ['nats://bob:s3cretPW@', '***@'],
  ])('shows %s as %s', (text, shown) => {
    expect(withoutSecrets(text)).toBe(shown);
    expect(withoutSecrets(text)).not.toContain('s3');
  });
});
