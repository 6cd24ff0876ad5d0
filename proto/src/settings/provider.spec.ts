import { expect, test } from 'vitest';
import { readProviders } from './provider.ts';

const one = 'corp https://id.example https://id.example/jwks manyhands';

test('providers have a name, an issuer, the address of their keys, and an audience', () => {
  expect(readProviders(`${one}, local x http://127.0.0.1:9/k me`)).toEqual([
    { name: 'corp', issuer: 'https://id.example', keysUrl: 'https://id.example/jwks', audience: 'manyhands' },
    { name: 'local', issuer: 'x', keysUrl: 'http://127.0.0.1:9/k', audience: 'me' },
  ]);
  expect(readProviders('')).toEqual([]);
});

test.each([
  'corp https://id.example https://id.example/jwks',
  `${one} more`,
  'corp https://id.example http://id.example/jwks manyhands',
  'corp https://id.example id.example/jwks manyhands',
  'c*rp https://id.example https://id.example/jwks manyhands',
  // Seen: the gateway started, and every one of its own tokens was held against the keys of the provider.
  'corp manyhands https://id.example/jwks manyhands',
  `${one}, other https://id.example https://other.example/jwks manyhands`,
])('%s is refused', (text) => {
  expect(() => readProviders(text)).toThrow(/^providers/);
});
