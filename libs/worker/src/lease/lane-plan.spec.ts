import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { LanePlan, type QueueRequest } from './lane-plan.ts';
import type { LaneQueue } from './making-room.ts';

/** A queue in each of so many lanes. */
const lanes = (weights: readonly number[], young = false): LaneQueue[] =>
  weights.map((weight, lane) => ({ lane: String(lane), weight, young }));

function ask(plan: LanePlan, capacity: number, yieldable = 0): QueueRequest[] {
  const requests = plan.requests(capacity, yieldable);
  for (const request of requests) plan.asked(request);
  return requests;
}

/** A plan whose queues all flow and have no open request. */
function flowing(queues: readonly LaneQueue[]): LanePlan {
  const plan = new LanePlan(queues);
  for (const { queue } of ask(plan, 1)) {
    plan.delivered(queue, 1);
    plan.over(queue, 'filled');
  }
  return plan;
}

describe('LanePlan', () => {
  it('keeps one standing request for one lease at each dry queue, and asks none twice', () => {
    const plan = new LanePlan(lanes([6, 3, 1]));
    expect(ask(plan, 4)).toEqual([0, 1, 2].map((queue) => ({ queue, count: 1, standing: true })));
    expect(ask(plan, 4)).toEqual([]);
  });

  it('asks nothing without room', () => {
    expect(new LanePlan(lanes([1])).requests(0)).toEqual([]);
    expect(flowing(lanes([1])).requests(-3)).toEqual([]);
  });

  it('asks a lane that flows for all there is room for', () => {
    const plan = new LanePlan(lanes([6, 3]));
    ask(plan, 5);
    plan.delivered(1, 1);
    plan.over(1, 'filled');
    expect(ask(plan, 4)).toEqual([{ queue: 1, count: 4, standing: false }]);
  });

  it('counts what is on its way against the room', () => {
    const plan = flowing(lanes([1, 1]));
    expect(ask(plan, 2)).toHaveLength(2);
    plan.delivered(0, 1);
    plan.over(0, 'filled');
    expect(ask(plan, 1)).toEqual([]);
    expect(ask(plan, 2)).toEqual([{ queue: 0, count: 1, standing: false }]);
  });

  it('shares room among full lanes by weight, so that low is slow and never starves', () => {
    const plan = flowing(lanes([6, 3, 1]));
    const counts = [0, 0, 0];
    for (let round = 0; round < 100; round += 1) {
      for (const { queue, count } of ask(plan, 1)) {
        counts[queue]! += count;
        plan.delivered(queue, 1);
        plan.over(queue, 'filled');
      }
    }
    expect(counts).toEqual([60, 30, 10]);
  });

  it('gives the young jobs of a lane four leases for each of the others, and leaves the lanes their weights', () => {
    const plan = flowing(lanes([6, 3]).flatMap((queue) => [{ ...queue, young: true }, queue]));
    plan.over(2, 'empty');
    const counts = [0, 0, 0, 0];
    for (let round = 0; round < 90; round += 1) {
      for (const { queue, count, standing } of ask(plan, 1)) {
        if (standing) continue;
        counts[queue]! += count;
        plan.over(queue, 'filled');
      }
    }
    expect(counts).toEqual([48, 12, 0, 30]);
  });

  it('asks for young jobs where there is room only if something makes room', () => {
    const plan = new LanePlan([...lanes([3], true), ...lanes([3])]);
    expect(ask(plan, 0, 1)).toEqual([{ queue: 0, count: 1, standing: true }]);
    plan.delivered(0, 1);
    plan.over(0, 'filled');
    expect(ask(plan, -1, 2)).toEqual([{ queue: 0, count: 2, standing: false }]);
    expect(ask(plan, -1, 2)).toEqual([]);
  });

  it('waits at a lane that ran dry, and leaves an unreachable one alone until it is back', () => {
    const plan = flowing(lanes([1, 1]));
    plan.over(0, 'empty');
    plan.over(1, 'unreachable');
    expect(ask(plan, 2)).toEqual([{ queue: 0, count: 1, standing: true }]);
    plan.back(1);
    plan.back(0);
    expect(ask(plan, 2)).toEqual([{ queue: 1, count: 1, standing: true }]);
    plan.over(1, 'expired');
    expect(ask(plan, 2)).toEqual([{ queue: 1, count: 1, standing: true }]);
  });

  it('does not ask a queue in vain that said with its last lease that nothing more waits', () => {
    const plan = new LanePlan(lanes([1]));
    ask(plan, 2);
    plan.delivered(0, 0);
    plan.over(0, 'filled');
    expect(ask(plan, 2)).toEqual([{ queue: 0, count: 1, standing: true }]);
  });

  it('knows no other queues than its own', () => {
    expect(() => new LanePlan(lanes([1])).delivered(1, 0)).toThrow('there is no queue 1');
  });

  it('never has more on its way than fits, save one standing request for each queue', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 }),
        fc.array(
          fc.tuple(
            fc.constantFrom('deliver', 'deliver the last', 'empty', 'expired', 'unreachable', 'back', 'ask'),
            fc.nat(5),
            fc.integer({ min: -2, max: 9 }),
          ),
          { maxLength: 80 },
        ),
        (weights, steps) => {
          const plan = new LanePlan(lanes(weights));
          const open = new Map<number, QueueRequest & { left: number }>();
          for (const [step, pick, capacity] of steps) {
            const queue = pick % weights.length;
            const request = open.get(queue);
            if (step === 'ask') {
              const before = [...open.values()].filter(({ standing }) => !standing).reduce((sum, { left }) => sum + left, 0);
              const asked = ask(plan, capacity);
              const added = asked.filter(({ standing }) => !standing).reduce((sum, { count }) => sum + count, 0);
              if (added > 0) expect(before + added).toBeLessThanOrEqual(capacity);
              for (const next of asked) {
                expect(open.has(next.queue)).toBe(false);
                if (next.standing) expect(next.count).toBe(1);
                open.set(next.queue, { ...next, left: next.count });
              }
            } else if (step === 'back') plan.back(queue);
            else if (request && (step === 'deliver' || step === 'deliver the last')) {
              plan.delivered(queue, step === 'deliver' ? 1 : 0);
              request.left -= 1;
              if (request.left === 0) {
                plan.over(queue, 'filled');
                open.delete(queue);
              }
            } else if (request && step !== 'deliver' && step !== 'deliver the last') {
              plan.over(queue, step);
              open.delete(queue);
            }
          }
        },
      ),
    );
  });
});
