import { expect, it } from 'vitest';
import { shapeSummary, shownResult } from './summary.ts';

it.each([
  [[1, 2, 3], '3 rows'],
  [[{}], '1 row'],
  [{ a: 1, b: 2 }, '2 fields'],
  [{ a: 1 }, '1 field'],
  [[], '0 rows'],
  [null, ''],
  [12, ''],
])('%j is %j', (value, words) => {
  expect(shapeSummary(value)).toBe(words);
});

it('of a completed job is one line, where it can be', () => {
  const done = { completed_chunks: 4_988, result: null };
  expect(shownResult({ ...done, output: 'lines' })).toBe('4,988 lines');
  expect(shownResult({ ...done, completed_chunks: 1, output: 'lines' })).toBe('1 line');
  expect(shownResult({ ...done, stored: { name: 'o-1-x', from: 0, bytes: 40_000_000 } })).toBe('40 MB');
  expect(shownResult({ ...done, result: 12_345 })).toBe('12,345');
  expect(shownResult({ ...done, result: [1] })).toBeNull();
});
