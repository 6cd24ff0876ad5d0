import { expect, it } from 'vitest';
import { Secrets } from './secrets.ts';

// Seen: a Secret of Kubernetes made of a file signed webhooks that no receiver took, was refused as a header, and what came before the end of its line was logged.
it.each(['s3cret\n', 's3cret\r\n', 's3cret'])('an end of line is no part of a secret (%j)', (SECRET) => {
  const secrets = new Secrets({ SECRET });
  expect(secrets.read('SECRET')).toBe('s3cret');
  expect(secrets.mask('it is s3cret.')).toBe('it is ***.');
});

it('lines within it are', () => {
  const secrets = new Secrets({ KEY: 'one\ntwo\n' });
  expect(secrets.read('KEY')).toBe('one\ntwo');
  expect(secrets.mask('one\ntwo, "one\\ntwo"')).toBe('***, "***"');
});

it.each(['', '\n', undefined])('one that is empty is not set (%j)', (SECRET) => {
  expect(() => new Secrets({ SECRET }).read('SECRET')).toThrow('the secret SECRET is not set');
});
