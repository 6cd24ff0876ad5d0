import fc from 'fast-check';
import { expect, it } from 'vitest';
import { lengthOf, overlapOf, type Span } from './spans.ts';

const span = fc.tuple(fc.nat(40), fc.integer({ min: 1, max: 12 })).map(([begin, length]): Span => [begin, begin + length]);
const chunksOf = (one: Span) => Array.from({ length: lengthOf(one) }, (_, index) => one[0] + index);

it('two spans overlap in exactly the chunks both have', () => {
  fc.assert(
    fc.property(span, span, (one, other) => {
      const shared = chunksOf(one).filter((chunk) => chunksOf(other).includes(chunk));
      const overlap = overlapOf(one, other);
      expect(overlap === undefined ? [] : chunksOf(overlap)).toEqual(shared);
    }),
  );
});
