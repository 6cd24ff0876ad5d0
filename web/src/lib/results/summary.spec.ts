import { expect, it } from 'vitest';
import { shapeSummary } from './summary.ts';

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
