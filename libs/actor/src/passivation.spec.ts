import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { passivationsDue } from './passivation.ts';

const nowMs = 100_000;
const at = (lastTurnAtMs: number) => ({ lastTurnAtMs });

describe('passivation', () => {
  it('takes what has been idle for longer than the limit, not what has been for exactly that long', () => {
    const due = passivationsDue([at(40_000), at(39_999), at(99_000)], nowMs, { idleMsMax: 60_000, activationsMax: 10 });
    expect(due).toEqual([at(39_999)]);
  });

  it('beyond the limit of activations takes those idle the longest', () => {
    const due = passivationsDue([at(99_003), at(99_001), at(99_002)], nowMs, { idleMsMax: 60_000, activationsMax: 1 });
    expect(due).toEqual([at(99_001), at(99_002)]);
  });

  it('always leaves at most the limit, and never spares one idle longer than one it takes', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(100_000).map(at)), fc.nat(20), (candidates, activationsMax) => {
        const due = passivationsDue(candidates, nowMs, { idleMsMax: 60_000, activationsMax });
        const spared = candidates.filter((candidate) => !due.includes(candidate));
        expect(spared.length).toBeLessThanOrEqual(activationsMax);
        const latestTaken = Math.max(...due.map(({ lastTurnAtMs }) => lastTurnAtMs), -1);
        for (const { lastTurnAtMs } of spared) expect(lastTurnAtMs).toBeGreaterThanOrEqual(latestTaken);
      }),
    );
  });
});
