import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChunkSet } from './chunk-set.ts';
import type { Span } from './spans.ts';

/** Over three blocks, so that every border is crossed. */
const SIZE = 1_600;
const place = fc.oneof(fc.nat(SIZE - 1), fc.constantFrom(0, 31, 32, 511, 512, 513, 1023, 1024, 1535, 1536));
const length = fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 700 }), fc.constantFrom(32, 512, 1024));
const span = fc.tuple(place, length).map(([begin, many]): Span => [begin, Math.min(SIZE, begin + many)]);
const spans = fc.array(span, { maxLength: 12 });

const chunksOf = (list: Iterable<Span>) =>
  new Set([...list].flatMap(([begin, end]) => Array.from({ length: end - begin }, (_, index) => begin + index)));
const inside = (ones: Set<number>, others: Set<number>) => new Set([...ones].filter((one) => others.has(one)));
const outside = (ones: Set<number>, others: Set<number>) => new Set([...ones].filter((one) => !others.has(one)));
const membersOf = (set: ChunkSet) => chunksOf(set.spans());

describe('a set of chunks', () => {
  it('holds the chunks of its spans, in maximal spans in order, however it came to be', () => {
    fc.assert(
      fc.property(spans, (list) => {
        const set = ChunkSet.of(list);
        const chunks = chunksOf(list);
        const found = [...set.spans()];
        expect(chunksOf(found)).toEqual(chunks);
        expect(set.size).toBe(chunks.size);
        expect(set.spanCount).toBe(found.length);
        expect(set.first()).toEqual(found[0]);
        expect(chunksOf(set.spans(100))).toEqual(chunks);
        for (const one of set.spans(100)) expect(one[1] - one[0]).toBeLessThanOrEqual(100);
        for (const [index, [begin, end]] of found.entries()) {
          expect(begin).toBeLessThan(end);
          if (index > 0) expect(found[index - 1]![1]).toBeLessThan(begin);
        }
        expect(list.reduce((one, added) => one.with(added), ChunkSet.NONE)).toEqual(set);
        expect(list.reduce((one, taken) => one.without(taken), set)).toBe(ChunkSet.NONE);
        expect(JSON.parse(JSON.stringify(set))).toEqual(found);
      }),
    );
  });

  it('joins, takes away and intersects like a set of numbers, and stays what it was', () => {
    fc.assert(
      fc.property(spans, spans, (ones, others) => {
        const [one, other] = [ChunkSet.of(ones), ChunkSet.of(others)];
        const [mine, theirs] = [chunksOf(ones), chunksOf(others)];
        expect(membersOf(one.union(other))).toEqual(new Set([...mine, ...theirs]));
        expect(membersOf(one.minus(other))).toEqual(outside(mine, theirs));
        expect(membersOf(one.intersection(other))).toEqual(inside(mine, theirs));
        expect(one.minus(other).union(one.intersection(other))).toEqual(one);
        expect(membersOf(one)).toEqual(mine);
        expect(membersOf(other)).toEqual(theirs);
      }),
    );
  });

  it('knows what of a span is in it', () => {
    fc.assert(
      fc.property(spans, span, (list, asked) => {
        expect(ChunkSet.ofSpan(asked)).toEqual(ChunkSet.of([asked, asked]));
        expect(ChunkSet.of([asked])).toEqual(ChunkSet.of([asked, asked]));
        const set = ChunkSet.of(list);
        const shared = inside(chunksOf(list), chunksOf([asked]));
        expect(set.touches(asked)).toBe(shared.size > 0);
        expect(set.countIn(asked)).toBe(shared.size);
        expect(membersOf(set.within(asked))).toEqual(shared);
        expect(set.has(asked[0])).toBe(chunksOf(list).has(asked[0]));
      }),
    );
  });

  it('comes back from numbers it was marked with', () => {
    fc.assert(
      fc.property(spans, spans, (ones, others) => {
        const one = ChunkSet.of(ones);
        const other = ChunkSet.of(others).minus(one);
        const numbers = new Uint8Array(SIZE);
        one.mark(numbers, 1);
        other.mark(numbers, 2);
        const found = ChunkSet.byNumber(numbers);
        expect(found.get(1) ?? ChunkSet.NONE).toEqual(one);
        expect(found.get(2) ?? ChunkSet.NONE).toEqual(other);
      }),
    );
  });

  it('of a million chunks in half a million pieces is changed piece by piece in no time', () => {
    let set = ChunkSet.of(Array.from({ length: 500_000 }, (_, index): Span => [2 * index, 2 * index + 1]));
    expect(set).toMatchObject({ size: 500_000, spanCount: 500_000 });
    // A copy of all pieces for each of these changes took minutes.
    for (let index = 0; index < 5_000; index += 1) set = set.with([index * 100 + 1, index * 100 + 2]);
    expect(set.spanCount).toBe(495_000);
  }, 10_000);
});
