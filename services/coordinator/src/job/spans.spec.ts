import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countOf, halvesOf, overlapOf, spanWithout, touchesAny, withSpan, type Span, type Spans } from './spans.ts';

const SIZE = 40;
const span = fc.tuple(fc.nat(SIZE - 1), fc.integer({ min: 1, max: 12 })).map(([begin, length]): Span => [begin, Math.min(SIZE, begin + length)]);
const spans = fc.array(span, { maxLength: 10 }).map((list) => list.reduce<Spans>(withSpan, []));

const chunksOf = (list: Spans) => new Set(list.flatMap(([begin, end]) => Array.from({ length: end - begin }, (_, index) => begin + index)));

describe('spans against sets of chunks', () => {
  it('a span joined in holds exactly the chunks of both', () => {
    fc.assert(
      fc.property(spans, span, (list, added) => {
        expect(chunksOf(withSpan(list, added))).toEqual(new Set([...chunksOf(list), ...chunksOf([added])]));
      }),
    );
  });

  it('spans stay sorted, disjoint and joined where they touch', () => {
    fc.assert(
      fc.property(spans, (list) => {
        for (const [index, [begin, end]] of list.entries()) {
          expect(begin).toBeLessThan(end);
          if (index > 0) expect(list[index - 1]![1]).toBeLessThan(begin);
        }
      }),
    );
  });

  it('what is left of a span are exactly its chunks outside', () => {
    fc.assert(
      fc.property(spans, span, (list, whole) => {
        expect(chunksOf(spanWithout(whole, list))).toEqual(new Set([...chunksOf([whole])].filter((chunk) => !chunksOf(list).has(chunk))));
      }),
    );
  });

  it('counting, touching and overlapping agree with sets', () => {
    fc.assert(
      fc.property(spans, span, (list, other) => {
        expect(countOf(list)).toBe(chunksOf(list).size);
        const shared = new Set([...chunksOf(list)].filter((chunk) => chunksOf([other]).has(chunk)));
        expect(touchesAny(list, other)).toBe(shared.size > 0);
        const overlaps = list.map((one) => overlapOf(one, other)).filter((one) => one !== undefined);
        expect(chunksOf(overlaps)).toEqual(shared);
      }),
    );
  });

  it('halves are both non-empty and make up the whole', () => {
    fc.assert(
      fc.property(fc.nat(100), fc.integer({ min: 2, max: 100 }), (begin, length) => {
        const [low, high] = halvesOf([begin, begin + length]);
        expect(low[0]).toBe(begin);
        expect(low[1]).toBe(high[0]);
        expect(high[1]).toBe(begin + length);
        expect(low[1] - low[0]).toBeGreaterThan(0);
        expect(high[1] - high[0]).toBeGreaterThan(0);
      }),
    );
  });
});
