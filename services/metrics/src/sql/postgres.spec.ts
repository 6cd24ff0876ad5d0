import { WrongSettings } from '@manyhands/proto/settings';
import { expect, it } from 'vitest';
import { openPostgres } from './postgres.ts';

// Seen: each was taken, and then history was tried again every five seconds without end.
it.each([
  ['postgres://bob:s3cret%E9@db.example/history', /a "%" in it is not followed by two hexadecimal digits/],
  ['postgres://bob:s3cret@db.example/history%E9', /a "%" in it is not followed by two hexadecimal digits/],
  ['postgres://bob:s3cret@db.example/history?sslmode=verify-full&sslrootcert=/no/such.pem', /no such file.*\/no\/such\.pem/],
  ['postgres://bob:s3cret@db.example/history?port=http', /its port must be a whole number from 1 to 65535/],
  ['postgres://bob:s3cret@db.example/history?port=70000', /its port must be a whole number from 1 to 65535/],
])('%s is refused at the start, in a sentence without the password', (url, why) => {
  let thrown: unknown;
  try {
    openPostgres(url);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(WrongSettings);
  expect((thrown as Error).message).toMatch(/^DATABASE_URL cannot be used for postgres:\/\/bob@db\.example/);
  expect((thrown as Error).message).toMatch(why);
  expect(String((thrown as Error).cause ?? '') + (thrown as Error).message).not.toContain('s3cret');
});

it.each([
  'postgres://bob:50%25@db.example/history',
  // Read as they are by `pg`, which has always taken them.
  'postgres://bob:50%@db.example/history',
  'postgres://bob:a%zz@db.example:6543/history?sslmode=disable',
  'postgresql://db.example/history?application_name=x',
])('%s is taken', async (url) => {
  await openPostgres(url).close();
});
