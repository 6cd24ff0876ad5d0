import fc from 'fast-check';
import { expect, it } from 'vitest';
import { chunksIn, spansOf, type Span } from './spans.ts';

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
      expect(chunksIn(joined)).toBe(members(given).length);
      for (const [at, [begin]] of joined.entries()) if (at > 0) expect(begin).toBeGreaterThan(joined[at - 1]![1]);
    }),
  );
});
