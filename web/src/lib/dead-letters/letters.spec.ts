import { expect, test } from 'vitest';
import { chunkCount, seenOf, spanName } from './letters.ts';

test('a span is named with both ends in', () => {
  expect(spanName({ begin: 7, end: 8 })).toBe('Chunk 7');
  expect(spanName({ begin: 1000, end: 2000 })).toBe('Chunks 1,000 to 1,999');
});

test('chunks of all spans are counted, and the first and the last time are found in any order', () => {
  const letters = [
    { begin: 8, end: 9, died_at: '2026-01-02T00:00:00.000Z' },
    { begin: 10, end: 15, died_at: '2026-01-01T00:00:00.000Z' },
    { begin: 20, end: 21, died_at: '2026-01-03T00:00:00.000Z' },
  ];
  expect(chunkCount(letters)).toBe(7);
  expect(seenOf(letters)).toEqual({ first: '2026-01-01T00:00:00.000Z', last: '2026-01-03T00:00:00.000Z' });
  expect([chunkCount([]), seenOf([])]).toEqual([0, { first: '', last: '' }]);
});
