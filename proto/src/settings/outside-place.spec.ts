import { expect, test } from 'vitest';
import { readPlace, readSecretUse } from './outside-place.ts';

test.each([
  ['api.example', { host: 'api.example' }],
  ['API.Example:8443', { host: 'api.example', port: 8443 }],
  ['*.corp.example', { host: '*.corp.example' }],
  ['localhost:3000', { host: 'localhost', port: 3000 }],
  ['*:8080', { port: 8080 }],
  ['10.0.0.0/8', { network: '10.0.0.0/8' }],
  ['10.1.2.3', { network: '10.1.2.3/32' }],
  ['127.0.0.1:9000', { host: '127.0.0.1', port: 9000 }],
  ['fd00::/8', { network: 'fd00::/8' }],
  ['::1', { network: '::1/128' }],
  ['[::1]:9000', { host: '::1', port: 9000 }],
])('%s is a place', (text, place) => {
  expect(readPlace(text)).toEqual(place);
});

test.each([
  '',
  '*',
  'http://api.example',
  'a b',
  '10.0.0.0/33',
  '10.0.0/8',
  '300.1.1.1',
  'api.example:0',
  'api.example:65536',
  '10.0.0.0/8:80',
  '-a.example',
  'fd00::/129',
])('"%s" is none', (text) => {
  expect(readPlace(text)).toBeUndefined();
});

test('a secret is bound to a host', () => {
  expect(readSecretUse('STRIPE_KEY@api.stripe.com')).toEqual({ name: 'STRIPE_KEY', host: 'api.stripe.com' });
  expect(readSecretUse('K@*.corp.example')).toEqual({ name: 'K', host: '*.corp.example' });
  expect(readSecretUse('K@10.0.0.1')).toEqual({ name: 'K', host: '10.0.0.1' });
  expect(readSecretUse('K@*')).toEqual({ name: 'K', host: '*' });
  for (const none of ['STRIPE_KEY', '@a', 'A B@a', 'K@', 'K@10.0.0.0/8', 'K@a:80', '1K@a'])
    expect(readSecretUse(none)).toBeUndefined();
});
