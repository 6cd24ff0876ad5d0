import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { paceAfter, sizeClass, UNKNOWN_PACE, wayOf, type BatchPace, type BatchWay } from './batch-pace.ts';

/** Milliseconds of a batch of 64, as measured. */
const flushesEach = { ingest: 17, atomic: 5 };
const flushesByTheClock = { ingest: 1.3, atomic: 3.5 };

function after(
  batches: number,
  costMs: Readonly<Record<BatchWay, number>>,
  { from = UNKNOWN_PACE, waitedFactor = () => 1 }: { from?: BatchPace; waitedFactor?: () => number } = {},
) {
  let pace = from;
  const ways: BatchWay[] = [];
  for (let batch = 0; batch < batches; batch += 1) {
    const way = wayOf(pace);
    ways.push(way);
    pace = paceAfter(pace, way, costMs[way] * waitedFactor());
  }
  return { pace, ways };
}
const countOf = (way: BatchWay, ways: readonly BatchWay[]): number => ways.filter((taken) => taken === way).length;

describe('wayOf', () => {
  it('begins with atomic batches, which are nowhere very slow', () => {
    expect(new Set(after(8, flushesByTheClock).ways)).toEqual(new Set(['atomic']));
  });

  it('takes ingest on a server that flushes by the clock', () => {
    expect(countOf('atomic', after(1_000, flushesByTheClock).ways.slice(10))).toBeLessThan(15);
  });

  it('takes atomic batches on a server that flushes each message, and loses less than 2 % with trying', () => {
    const { ways } = after(1_000, flushesEach);
    const spentMs = ways.reduce((sum, way) => sum + flushesEach[way], 0);
    expect(spentMs).toBeLessThan(1_000 * flushesEach.atomic * 1.02);
    expect(countOf('ingest', ways)).toBeGreaterThan(2);
  });

  it('is not misled by batches that waited for others', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(flushesEach, flushesByTheClock),
        fc.infiniteStream(fc.double({ min: 1, max: 4, noNaN: true })),
        (costMs, waited) => {
          const { ways } = after(600, costMs, { waitedFactor: () => waited.next().value as number });
          const right = costMs.ingest < costMs.atomic ? 'ingest' : 'atomic';
          expect(countOf(right, ways.slice(200))).toBeGreaterThan(360);
        },
      ),
    );
  });

  it('notices that the server was set otherwise', () => {
    const { pace } = after(300, flushesEach);
    expect(countOf('ingest', after(1_000, flushesByTheClock, { from: pace }).ways.slice(500))).toBeGreaterThan(480);
  });
});

describe('sizeClass', () => {
  it.each([
    [24, 5],
    [32, 5],
    [33, 6],
    [1000, 10],
  ])('of %i messages is %i', (count, size) => {
    expect(sizeClass(count)).toBe(size);
  });
});
