import { expect, it } from 'vitest';
import { accountName } from './account-name.ts';

it.each([
  ['ada@example.org', null, 'ada@example.org'],
  ['ada@example.org', { issuer: 'https://id.example/realms/a', subject: 'x' }, 'ada@example.org'],
  [null, { issuer: 'https://id.example/realms/a', subject: 'x' }, 'x at id.example'],
  [null, { issuer: 'corp', subject: 'x' }, 'x at corp'],
  [null, null, null],
])('an account with the address %s and outside %j is called %s', (email, external, name) => {
  expect(accountName({ email, external })).toBe(name);
});
