import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { heardAt, lookEveryMs, lookedAt, oldMs, verdictOf, type Silence } from './silence.ts';

/** Looks as often as the page does, for so long. */
function silentFor(ms: number): Silence {
  let silence = heardAt(0);
  for (let now = lookEveryMs; now <= ms; now += lookEveryMs) silence = lookedAt(silence, now);
  return silence;
}

describe('silence', () => {
  it('asks after a second and a half, is old after three, dead after eight', () => {
    const verdicts = [0, 1_000, 1_500, 2_500, 3_000, 7_500, 8_000, 60_000].map((ms) => verdictOf(silentFor(ms)));
    expect(verdicts).toEqual(['fresh', 'fresh', 'ask', 'ask', 'old', 'old', 'dead', 'dead']);
  });

  it('is fresh again with any frame', () => {
    expect(verdictOf(lookedAt(heardAt(9_000), 9_100))).toBe('fresh');
  });

  it('is old, and not dead, when the machine slept: the other end may be there', () => {
    const slept = lookedAt(silentFor(1_000), 3_600_000);
    expect(verdictOf(slept)).toBe('old');
    expect(verdictOf(lookedAt(slept, 3_600_500))).toBe('old');
  });

  it('takes a clock that was set back for no time at all', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -100_000, max: 4_999 }), { maxLength: 30 }), (steps) => {
        let now = 0;
        let silence = heardAt(now);
        for (const step of steps) silence = lookedAt(silence, (now += step));
        expect(silence.silentMs).toBe(steps.reduce((sum, step) => sum + Math.max(0, step), 0));
      }),
    );
    expect(oldMs).toBeLessThan(8_000);
  });
});
