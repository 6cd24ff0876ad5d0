import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BUCKETS } from './buckets.ts';
import { CAPACITY, limitBytes, LOADS, reservedBytes, STORAGE_GB } from './capacity.ts';
import { limits } from './limits.ts';
import { STREAMS } from './streams.ts';

const gib = 1024 ** 3;
const storage = fc.double({ min: STORAGE_GB.min, max: STORAGE_GB.max, noNaN: true });

describe('the limits', () => {
  it('have one load for each stream and bucket, and are what it says', () => {
    const specs = { ...STREAMS, ...BUCKETS } as Record<string, { maxBytes: number }>;
    expect(Object.keys(LOADS).sort()).toEqual(Object.keys(specs).sort());
    for (const [key, load] of Object.entries(LOADS)) expect(specs[key]!.maxBytes, key).toBe(limitBytes(load));
  });

  it('hold the stated rate, each for as long as it says', () => {
    for (const [key, load] of Object.entries(LOADS)) {
      if ('bytes' in load) continue;
      expect(limitBytes(load), key).toBeGreaterThan(0.98 * CAPACITY.jobsPerSec * load.keptSec * load.bytesPerJob);
    }
  });

  it('take what is given altogether, and never more', () => {
    expect(reservedBytes()).toBeGreaterThan(0.999 * CAPACITY.storageGb * gib);
    fc.assert(
      fc.property(storage, (gb) => {
        const smallest = Object.keys(LOADS).length * 2 * limits.messageBytesMax;
        return reservedBytes(gb) <= Math.max(gb * gib + smallest, smallest);
      }),
    );
  });

  it('grow with what is given, and always hold a largest message and another', () => {
    fc.assert(
      fc.property(storage, storage, (one, other) => {
        const [less, more] = [Math.min(one, other), Math.max(one, other)];
        for (const load of Object.values(LOADS)) {
          expect(limitBytes(load, less)).toBeLessThanOrEqual(limitBytes(load, more));
          expect(limitBytes(load, less)).toBeGreaterThanOrEqual(2 * limits.messageBytesMax);
        }
      }),
    );
  });
});
