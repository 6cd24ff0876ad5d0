import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChunkSet } from './chunk-set.ts';
import { countWaiting, takenFrom, withDue, withTimes, withWaiting, type Waiting, type WaitingChunks } from './waiting.ts';

const SIZE = 60;
const chunks = fc
  .array(fc.nat(SIZE - 1), { minLength: 1, maxLength: 8 })
  .map((list) => ChunkSet.of(list.map((chunk) => [chunk, chunk + 1] as const)));
const group = fc.record(
  { attempt: fc.nat(2), notBeforeMs: fc.constantFrom(100, 200), leaseMax: fc.constantFrom(1, 4), chunks },
  { requiredKeys: ['attempt', 'chunks'] },
) as fc.Arbitrary<WaitingChunks>;
/** Each chunk once, as in a job. */
const waiting = fc
  .array(group, { maxLength: 12 })
  .map((groups) => groups.reduce<Waiting>((all, one) => withWaiting(all, { ...one, chunks: one.chunks.minus(allOf(all)) }), []));

const allOf = (groups: Waiting) => groups.reduce((all, one) => all.union(one.chunks), ChunkSet.NONE);
const keyOf = ({ attempt, notBeforeMs = 0, leaseMax = Infinity }: WaitingChunks) => [-attempt, notBeforeMs, leaseMax];
const compare = (one: number[], other: number[]) =>
  one.map((value, index) => Math.sign(value === other[index] ? 0 : value - other[index]!)).find((sign) => sign !== 0) ?? 0;

describe('groups of chunks that wait alike', () => {
  it('stand in the order of their leasing, no two alike and none empty', () => {
    fc.assert(
      fc.property(waiting, (groups) => {
        for (const [index, one] of groups.entries()) {
          expect(one.chunks.size).toBeGreaterThan(0);
          if (index > 0) expect(compare(keyOf(groups[index - 1]!), keyOf(one))).toBe(-1);
        }
        expect(countWaiting(groups)).toBe(allOf(groups).size);
      }),
    );
  });

  it('lose exactly the chunks that are taken, up to an attempt', () => {
    fc.assert(
      fc.property(waiting, chunks, fc.nat(2), (groups, asked, attemptMax) => {
        const { waiting: left, taken } = takenFrom(groups, asked, attemptMax);
        const early = allOf(groups.filter(({ attempt }) => attempt <= attemptMax));
        expect(allOf(taken)).toEqual(early.intersection(asked));
        expect(allOf(left)).toEqual(allOf(groups).minus(allOf(taken)));
        expect([...left, ...taken].reduce<Waiting>(withWaiting, [])).toEqual(groups);
      }),
    );
  });

  it('lose their time when it has passed, and no chunk with it', () => {
    fc.assert(
      fc.property(waiting, fc.constantFrom(0, 100, 150, 300), (groups, nowMs) => {
        const due = withDue(groups, nowMs);
        expect(allOf(due)).toEqual(allOf(groups));
        expect(due.every(({ notBeforeMs }) => notBeforeMs === undefined || notBeforeMs > nowMs)).toBe(true);
        expect(withTimes(groups, (ms) => ms + 50).map(({ notBeforeMs }) => notBeforeMs)).toEqual(
          groups.map(({ notBeforeMs }) => notBeforeMs && notBeforeMs + 50),
        );
        expect(countWaiting(withTimes(groups, () => 7))).toBe(countWaiting(groups));
      }),
    );
  });
});
