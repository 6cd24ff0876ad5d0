import { expect, it } from 'vitest';
import { chunkWords, sizeWords } from './size-words.ts';

it('states how many chunks there are, and how many numbers are in each', () => {
  expect([1, 8, 1_000].map(chunkWords)).toEqual(['1 chunk', '8 chunks', '1,000 chunks']);
  expect(sizeWords(10_000, 8)).toBe('of 1,250 numbers each.');
  expect(sizeWords(10_000, 7)).toBe('of about 1,429 numbers each.');
  expect(sizeWords(10_000, 1)).toBe('of 10,000 numbers.');
  expect(sizeWords(8, 8)).toBe('of 1 number each.');
});

it('states no size where none can be known', () => {
  for (const n of [null, 0, -1, 0.5, Number.NaN, 7]) expect(sizeWords(n, 8)).toBe('');
});
