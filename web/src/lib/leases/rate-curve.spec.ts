import type { AnsweredLease } from '@manyhands/proto/answered-leases';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { areaOf, ratesOf } from './rate-curve.ts';

const lease = (from_ms: number, took_ms: number, chunks: number, more: Partial<AnsweredLease> = {}): AnsweredLease => ({
  ...{ op: 'compute', begin: 5, end: 5 + chunks, attempt: 1, worker: 'w', slot: 0, from_ms, took_ms },
  ...{ outcome: 'computed', failed_chunks: 0 },
  ...more,
});

describe('the rate of a job', () => {
  it('is what each lease did, evenly over its time', () => {
    expect(ratesOf([lease(0, 1_000, 10), lease(500, 1_500, 30)], { fromMs: 0, toMs: 2_000 }, 4)).toEqual([10, 30, 20, 20]);
    expect(ratesOf([lease(0, 1_000, 10)], { fromMs: 250, toMs: 750 }, 1)).toEqual([10]);
  });

  it('counts every chunk once that was done within the window, however it is cut', () => {
    const leases = fc.array(fc.record({ from: fc.nat(900), took: fc.nat(100), chunks: fc.integer({ min: 1, max: 50 }) }));
    fc.assert(
      fc.property(leases, fc.integer({ min: 1, max: 200 }), (some, parts) => {
        const rates = ratesOf(
          some.map(({ from, took, chunks }) => lease(from, took, chunks)),
          { fromMs: 0, toMs: 1_001 },
          parts,
        );
        const counted = rates.reduce((sum, rate) => sum + (rate * 1_001) / parts / 1_000, 0);
        expect(counted).toBeCloseTo(some.reduce((sum, { chunks }) => sum + chunks, 0));
        expect(rates.every((rate) => rate >= 0)).toBe(true);
      }),
    );
  });

  it.each<[string, Partial<AnsweredLease>, number]>([
    ['a merge', { op: 'merge', begin: 0, end: 0 }, 0],
    ['a lease that was lost', { outcome: 'lost' }, 0],
    ['a lease done twice', { outcome: 'ignored' }, 0],
    ['a lease that was returned', { outcome: 'returned' }, 0],
    ['a lease with failures', { outcome: 'failed', failed_chunks: 4 }, 6],
  ])('has of %s what was done', (_, more, rate) =>
    expect(ratesOf([lease(0, 1_000, 10, more)], { fromMs: 0, toMs: 1_000 }, 1)).toEqual([rate]),
  );

  it('is drawn as steps', () => expect(areaOf([0, 5, 10], 10)).toBe('M0 1V1.000H1V0.500H2V0.000H3V1Z'));
});
