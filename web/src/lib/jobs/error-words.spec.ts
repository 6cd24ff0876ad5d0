import { expect, test } from 'vitest';
import { ERROR_CODES } from '@manyhands/proto';
import { wordsFor } from './error-words.ts';

test('every code of the contract has its words, and a newer one has none', () => {
  for (const code of Object.keys(ERROR_CODES)) expect(wordsFor(code), code).toMatch(/^[A-Z].*\.$/);
  expect(wordsFor('not_invented_yet')).toBeNull();
  expect(wordsFor('toString')).toBeNull();
});
