import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextMean, prefetchCount, resultHoldMs, roomFor } from './prefetch.ts';

describe('leases beyond the free slots', () => {
  it('are none while leases are long or nothing is measured, and bridge 20 ms otherwise, up to 64 for each slot', () => {
    expect([undefined, 150, 20, 19, 5, 1, 0.001].map((ms) => prefetchCount(2, ms))).toEqual([0, 0, 0, 4, 8, 40, 128]);
  });

  it('are asked for in portions of a quarter, and at once where a slot would idle', () => {
    expect(roomFor(0, 64, 64)).toBe(0);
    expect(roomFor(0, 64, 49)).toBe(0);
    expect(roomFor(0, 64, 48)).toBe(16);
    expect(roomFor(1, 64, 0)).toBe(65);
    expect(roomFor(2, 0, 0)).toBe(2);
    expect(roomFor(2, 0, 1)).toBe(1);
    expect(roomFor(0, 0, 3)).toBe(-3);
    expect(roomFor(0, 4, 3)).toBe(1);
  });

  it('never make a slot idle, nor more come than fit', () => {
    fc.assert(
      fc.property(fc.nat(64), fc.nat(4_096), fc.nat(5_000), (idle, prefetch, waiting) => {
        const room = roomFor(idle, prefetch, waiting);
        expect(room).toBeLessThanOrEqual(idle + prefetch - waiting);
        if (waiting < idle) expect(waiting + room).toBeGreaterThanOrEqual(idle);
        if (waiting === 0 && idle + prefetch > 0) expect(room).toBeGreaterThan(0);
      }),
    );
  });
});

describe('a result', () => {
  it('waits 2 ms for others while the leases at hand keep the slots busy for longer', () => {
    expect(resultHoldMs(2, 0.2, 20)).toBe(2);
    expect(resultHoldMs(2, 0.2, 19)).toBe(0);
    expect(resultHoldMs(1, 1.9, 2)).toBe(2);
  });

  it('of a lease that takes longer, or of which nothing is known, waits for nothing', () => {
    expect([undefined, 2, 150].map((leaseMs) => resultHoldMs(1, leaseMs, 1_000))).toEqual([0, 0, 0]);
    expect(resultHoldMs(1, 0.1, 0)).toBe(0);
  });
});

it('the mean of lease times follows the newest by a fifth', () => {
  expect(nextMean(undefined, 10)).toBe(10);
  expect(nextMean(10, 20)).toBe(12);
});
