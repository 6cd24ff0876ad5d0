import { LANES, type Lane } from '@manyhands/proto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canMakeRoom, makingRoom, owedAfter, YOUNG_SHARE, type RunningLease } from './making-room.ts';

const task = (begin: number, end: number) => ({ op: 'compute' as const, begin, end, total: 1_000, attempt: 0 });
const merge = { op: 'merge' as const, inputs: [], attempt: 0 };
const young = (lane: Lane) => ({ lane, young: true as const });

function running(given: Partial<RunningLease> = {}, lane: Lane = 'normal'): RunningLease {
  return { lease: { lane, task: task(0, 10) }, done: 3, owedMs: 0, yielding: false, ...given };
}

describe('a running lease', () => {
  it('makes room for a young job of its lane or a more urgent one, and for no other', () => {
    const low = running({}, 'low');
    const high = running({}, 'high');
    expect(makingRoom([high, low], [young('normal')])).toEqual([low]);
    expect(makingRoom([high], [young('low')])).toEqual([]);
    expect(makingRoom([high], [{ lane: 'high' }])).toEqual([]);
  });

  it('does not when it is young itself, a merge, at its last chunk, or asked already', () => {
    expect(canMakeRoom(running())).toBe(true);
    expect(canMakeRoom(running({ lease: { ...young('normal'), task: task(0, 10) } }))).toBe(false);
    expect(canMakeRoom(running({ lease: { lane: 'normal', task: merge } }))).toBe(false);
    expect(canMakeRoom(running({ done: 9 }))).toBe(false);
    expect(canMakeRoom(running({ yielding: true }))).toBe(false);
  });

  it('whose slot owes least is chosen, and one lease makes room for one', () => {
    const [much, little, asked] = [running({ owedMs: 50 }), running({ owedMs: 5 }), running({ yielding: true })];
    expect(makingRoom([much, little], [young('normal')])).toEqual([little]);
    expect(makingRoom([much, little, asked], [young('normal')])).toEqual([]);
    expect(makingRoom([much, little, asked], [young('normal'), young('normal')])).toEqual([little]);
  });

  it('is never asked twice, and never more are asked than young leases wait', () => {
    const lease = fc.record({
      lane: fc.constantFrom(...LANES),
      young: fc.constantFrom(true as const, undefined),
      task: fc.constantFrom(task(0, 1), task(0, 50), merge),
    });
    const runs = fc.array(fc.record({ lease, done: fc.nat(50), owedMs: fc.nat(150), yielding: fc.boolean() }), { maxLength: 8 });
    fc.assert(
      fc.property(runs, fc.array(lease, { maxLength: 8 }), (slots, waiting) => {
        const chosen = makingRoom(slots as RunningLease[], waiting);
        expect(new Set(chosen).size).toBe(chosen.length);
        expect(chosen.length).toBeLessThanOrEqual(waiting.filter(({ young: isYoung }) => isYoung).length);
        expect(chosen.every(canMakeRoom)).toBe(true);
      }),
    );
  });
});

/** One slot that a big job wants all the time, while small jobs come whenever the last is over: what part of the slot the big one gets. */
function shareOfTheBigOne(youngMs: readonly number[], leaseMs: number): number {
  let owedMs = 0;
  let bigMs = 0;
  let smallMs = 0;
  for (const small of youngMs) {
    const big = Math.min(leaseMs, Math.max(1, owedMs));
    owedMs = owedAfter(owedMs, false, big);
    bigMs += big;
    owedMs = owedAfter(owedMs, true, small);
    smallMs += small;
  }
  return bigMs / (bigMs + smallMs);
}

describe('what a slot owes', () => {
  it('leaves the big job a fifth of the slot, however many small ones come one after the other', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 1, max: 150, noNaN: true }), { minLength: 50, maxLength: 200 }), (youngMs) => {
        expect(shareOfTheBigOne(youngMs, 150)).toBeGreaterThan((1 / (YOUNG_SHARE + 1)) * 0.85);
      }),
    );
  });

  it('is paid by a lease of the usual length', () => {
    expect(owedAfter(owedAfter(0, true, 60_000), false, 150)).toBe(0);
  });
});
