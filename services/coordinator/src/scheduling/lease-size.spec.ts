import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { heuristics } from './heuristics.ts';
import { isBrief, leaseMs, leaseSize, nextPace, PACE_AT_START, type Pace } from './lease-size.ts';

/** Leases one after the other, each as large as allowed, of chunks that take `chunkMs`. */
function sizesSeen(chunkMs: number, count: number): number[] {
  let pace: Pace = PACE_AT_START;
  return Array.from({ length: count }, () => {
    const size = leaseSize(pace, 1e9, 1);
    pace = nextPace(pace, size, size * chunkMs);
    return size;
  });
}

it('a lease starts at one chunk and grows at most fourfold at a time', () => {
  expect(sizesSeen(0.01, 5)).toEqual([1, 4, 16, 64, 256]);
});

it('growth ends at the target time', () => {
  expect(sizesSeen(1, 8).at(-1)).toBe(heuristics.leaseTargetMs);
  expect(sizesSeen(1_000, 3)).toEqual([1, 1, 1]);
});

it('leases of chunks that wait beside each other in one thread grow further, and not beyond a bound', () => {
  const sizeOf = (concurrency: number): number => nextPace({ size: 1_000, msPerChunk: 10 }, 15, 150, concurrency).size;
  expect([1, 2, 6, 7, 32].map(sizeOf)).toEqual([15, 30, 90, 100, 100]);
});

it('many answers of one size together do not multiply the growth', () => {
  let pace = PACE_AT_START;
  for (let answer = 0; answer < 50; answer += 1) pace = nextPace(pace, 1, 0.01);
  expect(pace.size).toBe(4);
});

it('leases shrink at once when chunks turn out heavy', () => {
  let pace: Pace = { size: 10_000, msPerChunk: 0.01 };
  pace = nextPace(pace, 10, 10_000);
  expect(pace.size).toBe(1);
});

it('near the end the rest is spread over twice the slots', () => {
  const pace: Pace = { size: 1_000, msPerChunk: 1 };
  expect(leaseSize(pace, 100, 5)).toBe(10);
  expect(leaseSize({ size: 10, msPerChunk: 15 }, 3, 8)).toBe(1);
});

it('work that is over in no time is not spread', () => {
  expect(leaseSize({ size: 1_000, msPerChunk: 0.01 }, 8, 4)).toBe(8);
  expect(leaseSize({ size: 1_000, msPerChunk: 2 }, 8, 4)).toBe(2);
});

it('of chunks that wait, many in one thread, as many times longer is no time', () => {
  expect(leaseSize({ size: 1_000, msPerChunk: 10 }, 64, 64, 32)).toBe(5);
  expect(leaseSize({ size: 1_000, msPerChunk: 10 }, 64, 64, 2)).toBe(1);
  expect(leaseSize({ size: 1_000, msPerChunk: 100 }, 64, 64, 100)).toBe(1);
});

it('a lease always holds a chunk, and chunks too quick to measure do not divide by zero', () => {
  fc.assert(
    fc.property(
      fc.nat(1_000_000),
      fc.nat(64),
      fc.array(fc.tuple(fc.nat(1000), fc.double({ min: 0, max: 1e6, noNaN: true }))),
      (waiting, slots, seen) => {
        const pace = seen.reduce<Pace>((now, [chunks, ms]) => nextPace(now, chunks, ms), PACE_AT_START);
        const size = leaseSize(pace, waiting, slots);
        expect(Number.isInteger(size)).toBe(true);
        expect(size).toBeGreaterThanOrEqual(1);
        expect(size).toBeLessThanOrEqual(Math.max(1, pace.size));
      },
    ),
  );
});

it('nothing measured means no expectation', () => {
  expect(leaseMs(PACE_AT_START, 5)).toBeNull();
  expect(leaseMs({ size: 1, msPerChunk: 2 }, 5)).toBe(10);
});

const pace = (msPerChunk: number | null): Pace => ({ size: 1, msPerChunk });

describe('a job is brief', () => {
  it('when one of its shape was over within half of what a view may wait', () => {
    expect(isBrief(pace(0.01), 8, 2)).toBe(true);
    expect(isBrief(pace(100), 8, 2)).toBe(false);
  });

  it('not when nothing is known of it, nor when nobody can compute it', () => {
    expect(isBrief(pace(null), 8, 2)).toBe(false);
    expect(isBrief(pace(0.01), 8, 0)).toBe(false);
  });

  it('not when its chunks, shared out evenly, take longer than that; more slots never make it longer', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.double({ min: 0.0005, max: 1_000, noNaN: true }),
        fc.integer({ min: 1, max: 500 }),
        (chunks, msPerChunk, slots) => {
          const brief = isBrief(pace(msPerChunk), chunks, slots);
          expect(brief).toBe((chunks * msPerChunk) / slots < heuristics.briefViewMs / 2);
          if (brief) expect(isBrief(pace(msPerChunk), chunks, slots + 1)).toBe(true);
        },
      ),
    );
  });
});
