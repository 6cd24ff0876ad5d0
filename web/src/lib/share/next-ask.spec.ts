import fc from 'fast-check';
import { expect, it } from 'vitest';
import { askEveryMs, nextAskMs } from './next-ask.ts';

it('a job that can change is asked for every two seconds, one that is over or gone not again', () => {
  expect([nextAskMs({ is: 'open' }, 0), nextAskMs({ is: 'over' }, 0), nextAskMs({ is: 'gone' }, 0)]).toEqual([2_000, null, null]);
});

it('after no answer it is asked no sooner than that, nor than the gateway states, and at least three times a minute', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 500 }), fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(60), (tries, luck, sec) => {
      const waitMs = nextAskMs({ is: 'problem', tries, retryAfterSec: sec }, luck)!;
      expect(waitMs).toBeGreaterThanOrEqual(Math.max(askEveryMs, sec * 1_000));
      expect(waitMs).toBeLessThanOrEqual(Math.max(20_000, sec * 1_000));
    }),
  );
  expect(nextAskMs({ is: 'problem', tries: 1, retryAfterSec: undefined }, 0)).toBe(askEveryMs);
});
