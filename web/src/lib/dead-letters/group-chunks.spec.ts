import fc from 'fast-check';
import { expect, it } from 'vitest';
import { groupRefusal, spansOf, type Span } from './group-chunks.ts';

const spans = fc.array(
  fc.tuple(fc.nat(40), fc.integer({ min: 1, max: 6 })).map(([begin, length]): Span => [begin, begin + length]),
  { maxLength: 12 },
);
const members = (list: readonly Span[]) =>
  Array.from({ length: 60 }, (_, chunk) => chunk).filter((chunk) => list.some(([begin, end]) => begin <= chunk && chunk < end));

it('spans are joined without losing or adding a chunk', () => {
  fc.assert(
    fc.property(spans, (given) => {
      const joined = spansOf(given);
      expect(members(joined)).toEqual(members(given));
      for (const [at, [begin]] of joined.entries()) if (at > 0) expect(begin).toBeGreaterThan(joined[at - 1]![1]);
    }),
  );
});

it('a group runs again where the job can go on without the others, and is not too large', () => {
  const job = { failed_chunks: 5, total_chunks: 100 };
  expect(groupRefusal({ ...job, on_dead_chunk: 'continue' }, [[0, 2]])).toBeNull();
  expect(groupRefusal(job, [[0, 5]])).toBeNull();
  expect(groupRefusal(job, [[0, 2]])).toContain('fail by the 3 others, because it allows 0');
  expect(groupRefusal({ ...job, max_failed: { share: 0.03 } }, [[0, 2]])).toBeNull();
  expect(groupRefusal({ ...job, max_failed: { count: 2 } }, [[0, 2]])).toContain('it allows 2');
  expect(groupRefusal({ ...job, failed_chunks: 20_000, on_dead_chunk: 'continue' }, [[0, 20_000]])).toContain('at most 10,000');
});
