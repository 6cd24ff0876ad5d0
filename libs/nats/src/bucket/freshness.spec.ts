import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Freshness, MAJORITY_AGE_MS_MAX, majorityAgeMs, type LeaderAnswer } from './freshness.ts';

const answer = (askedAtMs: number, lastSequence: number, more: Partial<LeaderAnswer> = {}): LeaderAnswer => ({
  askedAtMs,
  lastSequence,
  majorityAgeMs: 0,
  created: 'once',
  ...more,
});

describe('what is known of a stream', () => {
  it('is as old as the newest question whose answer was heard', () => {
    const known = new Freshness();
    expect(known.asOfMs).toBe(-Infinity);
    known.heardAll(5);
    expect(known.answered(answer(100, 5))).toBe('known');
    expect(known.answered(answer(200, 7))).toBe('behind');
    expect([known.asOfMs, known.oldestClaim?.lastSequence]).toEqual([100, 7]);
    known.heardAll(6);
    expect(known.asOfMs).toBe(100);
    known.heardAll(7);
    expect([known.asOfMs, known.askedAtMs, known.oldestClaim]).toEqual([200, 200, undefined]);
  });

  it('is no newer than the moment the leader last heard from a majority', () => {
    const known = new Freshness();
    known.answered(answer(5_000, 0, { majorityAgeMs: 800 }));
    expect([known.asOfMs, known.leaderAsOfMs, known.askedAtMs]).toEqual([4_200, 4_200, 5_000]);
    known.answered(answer(7_000, 9));
    expect([known.asOfMs, known.leaderAsOfMs]).toEqual([4_200, 7_000]);
  });

  it('is not made newer by a leader that may be none any more', () => {
    const known = new Freshness();
    known.answered(answer(1_000, 0));
    expect(known.answered(answer(9_000, 0, { majorityAgeMs: MAJORITY_AGE_MS_MAX + 1 }))).toBe('unproven');
    expect(known.answered(answer(9_000, 0, { majorityAgeMs: MAJORITY_AGE_MS_MAX + 1, created: 'anew' }))).toBe('unproven');
    expect([known.asOfMs, known.leaderAsOfMs]).toEqual([1_000, 1_000]);
  });

  it('is void when the stream was made anew', () => {
    const known = new Freshness();
    known.heardAll(900);
    known.answered(answer(100, 900));
    expect(known.answered(answer(200, 3, { created: 'anew' }))).toBe('another');
    expect([known.asOfMs, known.heardThrough]).toEqual([-Infinity, 0]);
    known.heardAll(3);
    expect(known.asOfMs).toBe(200);
    expect(known.answered(answer(300, 0, { created: 'once more' }))).toBe('another');
    expect(known.asOfMs).toBe(300);
  });

  it('never claims to know what was not heard, in whatever order answers and messages come', () => {
    const step = fc.oneof(fc.record({ stores: fc.nat(3) }), fc.record({ hears: fc.nat(3) }), fc.record({ asks: fc.nat(50) }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const known = new Freshness();
        /** By time: the last sequence stored then. */
        const stored = [0];
        let heard = 0;
        const onItsWay: { at: number; what: LeaderAnswer }[] = [];
        for (const [at, one] of steps.entries()) {
          const last = stored.at(-1)! + ('stores' in one ? one.stores : 0);
          stored.push(last);
          if ('hears' in one) known.heardAll((heard = Math.min(last, heard + one.hears)));
          if ('asks' in one) onItsWay.push({ at: at + one.asks, what: answer(at + 1, last) });
          for (const { what } of onItsWay.filter((each) => each.at === at)) known.answered(what);
          if (known.asOfMs >= 0) expect(stored[known.asOfMs]).toBeLessThanOrEqual(heard);
        }
      }),
    );
  });
});

describe('the majority of a leader', () => {
  it('is itself and as many of the others as it takes', () => {
    expect([majorityAgeMs([]), majorityAgeMs([300, 9_000]), majorityAgeMs([9_000, 300]), majorityAgeMs([1, 2, 3, 4])]).toEqual([
      0, 300, 300, 2,
    ]);
  });
});
