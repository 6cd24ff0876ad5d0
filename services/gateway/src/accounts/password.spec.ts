import { expect, test } from 'vitest';
import { hashPassword, isOutdated, isPassword } from './password.ts';

const password = 'correct horse battery staple';

test('a password is stored as Argon2id with the cost of OWASP, each time with another salt', async () => {
  const [one, other] = await Promise.all([hashPassword(password), hashPassword(password)]);
  expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
  expect(one).not.toBe(other);
  expect(await isPassword(password, one)).toBe(true);
  expect(await isPassword(`${password}!`, one)).toBe(false);
  expect(isOutdated(one)).toBe(false);
});

// Source: the test vectors of the reference implementation (phc-winner-argon2, src/test.c).
test('what another program stored is taken, and is to be stored again at the cost of today', async () => {
  const stored = '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4';
  expect(await isPassword('password', stored)).toBe(true);
  expect(await isPassword('Password', stored)).toBe(false);
  expect(isOutdated(stored)).toBe(true);
});

test('no password is right where none is stored', async () => {
  for (const stored of [undefined, null, '', 'plain', '$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR'])
    expect(await isPassword('', stored)).toBe(false);
});

test('a letter that is composed in two ways in Unicode is one letter', async () => {
  expect(await isPassword('u\u0308ber den Wolken', await hashPassword('\u00fcber den Wolken'))).toBe(true);
});

test('more than are computed and wait are refused, and the others are answered', async () => {
  const cheap = '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4';
  const answers = await Promise.allSettled(Array.from({ length: 67 }, () => isPassword('password', cheap)));
  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(66);
  expect(answers.at(-1)).toMatchObject({ reason: { retryAfterSec: 2 } });
  expect(await isPassword('password', cheap)).toBe(true);
});
