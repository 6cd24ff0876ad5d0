import { expect, test } from 'vitest';
import { settingsOf, WrongSettings } from './read-settings.ts';
import { readClientSecrets, readSignInProviders } from './sign-in-provider.ts';
import { signInProviders } from './sign-in-secrets.ts';

const corp = 'corp https://id.example manyhands';

test('providers have a name, an issuer and our client id', () => {
  expect(readSignInProviders(`${corp}, desk http://localhost:9/realms/a me`)).toEqual([
    { name: 'corp', issuer: 'https://id.example', clientId: 'manyhands' },
    { name: 'desk', issuer: 'http://localhost:9/realms/a', clientId: 'me' },
  ]);
  expect(readSignInProviders('')).toEqual([]);
});

test.each([
  'corp https://id.example',
  `${corp} more`,
  'corp http://id.example manyhands',
  'corp id.example manyhands',
  'c/rp https://id.example manyhands',
  `${corp}, corp https://other.example manyhands`,
  `${corp}, other https://id.example manyhands`,
])('%s is refused', (text) => {
  expect(() => readSignInProviders(text)).toThrow(/^providers/);
});

test('secrets are named, on one line or on several', () => {
  expect(readClientSecrets('corp:s3:cr,et\ndesk:two')).toEqual(
    new Map([
      ['corp', 's3:cr,et'],
      ['desk', 'two'],
    ]),
  );
});

test.each(['secret', 'corp:', ':secret', 'corp:one corp:two', 'c/rp:one'])('%s is no list of secrets', (text) => {
  expect(readClientSecrets(text)).toBeUndefined();
});

test('a provider gets its secret, and a secret of none is refused without being shown', () => {
  const given = (secrets: string) =>
    signInProviders('gateway', settingsOf('gateway', { AUTH_SIGN_IN: corp, AUTH_SIGN_IN_SECRETS: secrets }));
  expect(given('')).toEqual([{ name: 'corp', issuer: 'https://id.example', clientId: 'manyhands', secret: undefined }]);
  expect(given('corp:hidden')[0]).toMatchObject({ secret: 'hidden' });
  expect(() => given('crop:hidden')).toThrow(WrongSettings);
  expect(() => given('crop:hidden')).toThrow(
    /has a secret of "crop", and AUTH_SIGN_IN names no such provider \(it names: corp\)/,
  );
  expect(() => given('crop:hidden')).not.toThrow('hidden');
});
