import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { LanePlan, type LaneRequest } from './lane-plan.ts';

function ask(plan: LanePlan, capacity: number): LaneRequest[] {
  const requests = plan.requests(capacity);
  for (const request of requests) plan.asked(request);
  return requests;
}

/** A plan whose lanes all flow and have no open request. */
function flowing(weights: number[]): LanePlan {
  const plan = new LanePlan(weights);
  for (const { lane } of ask(plan, 1)) {
    plan.delivered(lane);
    plan.over(lane, 'filled');
  }
  return plan;
}

describe('LanePlan', () => {
  it('keeps one standing request for one lease at each dry lane, and asks no lane twice', () => {
    const plan = new LanePlan([6, 3, 1]);
    expect(ask(plan, 4)).toEqual([0, 1, 2].map((lane) => ({ lane, count: 1, standing: true })));
    expect(ask(plan, 4)).toEqual([]);
  });

  it('asks nothing without room', () => {
    expect(new LanePlan([1]).requests(0)).toEqual([]);
    expect(flowing([1]).requests(-3)).toEqual([]);
  });

  it('asks a lane that flows for all there is room for', () => {
    const plan = new LanePlan([6, 3]);
    ask(plan, 5);
    plan.delivered(1);
    plan.over(1, 'filled');
    expect(ask(plan, 4)).toEqual([{ lane: 1, count: 4, standing: false }]);
  });

  it('counts what is on its way against the room', () => {
    const plan = flowing([1, 1]);
    expect(ask(plan, 2)).toHaveLength(2);
    plan.delivered(0);
    plan.over(0, 'filled');
    expect(ask(plan, 1)).toEqual([]);
    expect(ask(plan, 2)).toEqual([{ lane: 0, count: 1, standing: false }]);
  });

  it('shares room among full lanes by weight, so that low is slow and never starves', () => {
    const plan = flowing([6, 3, 1]);
    const counts = [0, 0, 0];
    for (let round = 0; round < 100; round += 1) {
      for (const { lane, count } of ask(plan, 1)) {
        counts[lane]! += count;
        plan.delivered(lane);
        plan.over(lane, 'filled');
      }
    }
    expect(counts).toEqual([60, 30, 10]);
  });

  it('waits at a lane that ran dry, and leaves an unreachable one alone until it is back', () => {
    const plan = flowing([1, 1]);
    plan.over(0, 'empty');
    plan.over(1, 'unreachable');
    expect(plan.moodOf(1)).toBe('away');
    expect(ask(plan, 2)).toEqual([{ lane: 0, count: 1, standing: true }]);
    plan.back(1);
    plan.back(0);
    expect(ask(plan, 2)).toEqual([{ lane: 1, count: 1, standing: true }]);
    plan.over(1, 'expired');
    expect(ask(plan, 2)).toEqual([{ lane: 1, count: 1, standing: true }]);
  });

  it('knows no other lanes than its own', () => {
    expect(() => new LanePlan([1]).delivered(1)).toThrow('there is no lane 1');
  });

  it('never has more on its way than fits, save one standing request for each lane', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 }),
        fc.array(fc.tuple(fc.constantFrom('deliver', 'empty', 'expired', 'unreachable', 'back', 'ask'), fc.nat(5), fc.integer({ min: -2, max: 9 })), { maxLength: 80 }),
        (weights, steps) => {
          const plan = new LanePlan(weights);
          const open = new Map<number, LaneRequest & { left: number }>();
          for (const [step, pick, capacity] of steps) {
            const lane = pick % weights.length;
            const request = open.get(lane);
            if (step === 'ask') {
              const before = [...open.values()].filter(({ standing }) => !standing).reduce((sum, { left }) => sum + left, 0);
              const asked = ask(plan, capacity);
              const added = asked.filter(({ standing }) => !standing).reduce((sum, { count }) => sum + count, 0);
              if (added > 0) expect(before + added).toBeLessThanOrEqual(capacity);
              for (const next of asked) {
                expect(open.has(next.lane)).toBe(false);
                if (next.standing) expect(next.count).toBe(1);
                open.set(next.lane, { ...next, left: next.count });
              }
            } else if (step === 'back') plan.back(lane);
            else if (request && step === 'deliver') {
              plan.delivered(lane);
              request.left -= 1;
              if (request.left === 0) {
                plan.over(lane, 'filled');
                open.delete(lane);
              }
            } else if (request && step !== 'deliver') {
              plan.over(lane, step);
              open.delete(lane);
            }
          }
        },
      ),
    );
  });
});
