import type { AnsweredLease } from '@manyhands/proto/answered-leases';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { barAt, firstAfter, lanesOf, longestGapMs } from './lanes.ts';

const lease = (from_ms: number, took_ms: number, slot = 0, worker = 'w'): AnsweredLease => ({
  op: 'compute',
  begin: 0,
  end: 1,
  attempt: 1,
  worker,
  slot,
  from_ms,
  took_ms,
  outcome: 'computed',
  failed_chunks: 0,
});
const leases = fc.array(fc.record({ from: fc.nat(500), took: fc.nat(80), slot: fc.nat(2), worker: fc.constantFrom('a', 'b') }), {
  maxLength: 30,
});

describe('lanes', () => {
  it('hold every lease once, in order and without overlaps', () => {
    fc.assert(
      fc.property(leases, (some) => {
        const given = some.map(({ from, took, slot, worker }) => lease(from, took, slot, worker));
        const lanes = lanesOf(given);
        expect(lanes.flatMap(({ bars }) => bars.map((bar) => bar.lease)).length).toBe(given.length);
        for (const { bars, worker, slot } of lanes)
          for (const [at, bar] of bars.entries()) {
            expect([bar.lease.worker, bar.lease.slot]).toEqual([worker, slot]);
            expect(bar.toMs).toBeGreaterThanOrEqual(bar.fromMs);
            if (at > 0 && bar.lease.from_ms + bar.lease.took_ms >= bars[at - 1]!.toMs)
              expect(bar.fromMs).toBeGreaterThanOrEqual(bars[at - 1]!.toMs);
          }
      }),
    );
  });

  it('are of one worker together, and by slot', () => {
    const lanes = lanesOf([lease(0, 1, 1, 'b'), lease(0, 1, 0, 'a'), lease(1, 1, 0, 'b')]);
    expect(lanes.map(({ worker, slot }) => `${worker}/${slot}`)).toEqual(['b/0', 'b/1', 'a/0']);
  });

  it('know how long they were busy, and the longest gap', () => {
    const [lane] = lanesOf([lease(0, 10), lease(5, 10), lease(40, 10)]);
    expect(lane!.busyMs).toBe(25);
    expect(longestGapMs(lane!)).toBe(25);
  });
});

describe('a bar', () => {
  const { bars } = lanesOf([lease(0, 10), lease(20, 10), lease(40, 10)])[0]!;

  it('is found by a time in it, or near it', () => {
    expect(barAt(bars, 25, 0)?.fromMs).toBe(20);
    expect(barAt(bars, 13, 0)).toBeNull();
    expect(barAt(bars, 13, 3)?.fromMs).toBe(0);
    expect(barAt(bars, 38, 3)?.fromMs).toBe(40);
    expect(barAt([], 38, 3)).toBeNull();
  });

  it('is the first that ends after a time', () => {
    expect([0, 10, 25, 50].map((at) => firstAfter(bars, at))).toEqual([0, 1, 1, 3]);
  });
});
