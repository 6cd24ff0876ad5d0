import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { admit, CLOCKS_MS, type WindowUse } from './sliding-window.ts';

const minute = { count: 3, windowMs: 64_000 };

describe('a window', () => {
  it('admits as many as the rate has, and states when there are more', () => {
    const first = admit(undefined, 100_500, minute, 2);
    expect(first).toMatchObject({ admitted: 2, left: 1, moreInMs: 64_600 });
    const second = admit(first.use, 110_000, minute, 2);
    expect(second).toMatchObject({ admitted: 1, left: 0, moreInMs: 55_100 });
    expect(admit(second.use, 165_099, minute, 1)).toMatchObject({ admitted: 0, left: 0, moreInMs: 1 });
    expect(admit(second.use, 165_100, minute, 9)).toMatchObject({ admitted: 2, left: 0 });
  });

  it('is unused when nothing was admitted for its length', () => {
    const { use } = admit(undefined, 0, minute, 3);
    expect(admit(use, 200_000, minute, 0)).toEqual({ use: { slotMs: 1_000, slots: [] }, admitted: 0, left: 3, moreInMs: 0 });
  });

  it('begins again under another setting, and with a time that only a wrong clock can have written', () => {
    const { use } = admit(undefined, 0, minute, 3);
    expect(admit(use, 0, { ...minute, windowMs: 1_000 }, 1).admitted).toBe(1);
    const { use: ahead } = admit(undefined, 1_000_000, minute, 3);
    expect(admit(ahead, 0, minute, 1).admitted).toBe(1);
  });

  it('goes by the later of two clocks', () => {
    const { use } = admit(undefined, 10_000, minute, 1);
    expect(admit(use, 8_000, minute, 1).use.slots).toEqual([[10, 2]]);
  });
});

const rates = fc.record({ count: fc.integer({ min: 1, max: 20 }), windowMs: fc.integer({ min: 1_000, max: 100_000 }) });
const asks = fc.array(
  fc.record({ afterMs: fc.nat(30_000), wanted: fc.integer({ min: 1, max: 30 }), lateMs: fc.nat(CLOCKS_MS) }),
  { maxLength: 80 },
);

describe('however it is asked', () => {
  it('no span as long as the window holds more than the rate, however the clocks differ, and its state stays small', () => {
    fc.assert(
      fc.property(rates, asks, (rate, all) => {
        let nowMs = 0;
        let use: WindowUse | undefined;
        const times: number[] = [];
        for (const { afterMs, wanted, lateMs } of all) {
          nowMs += afterMs;
          const admission = admit(use, nowMs - lateMs, rate, wanted);
          use = admission.use;
          for (let one = 0; one < admission.admitted; one += 1) times.push(nowMs);
          expect(use.slots.length).toBeLessThanOrEqual(66);
        }
        for (let at = rate.count; at < times.length; at += 1)
          expect(times[at]! - times[at - rate.count]!).toBeGreaterThan(rate.windowMs);
      }),
    );
  });

  it('a client that always asks gets the whole rate in each window, a 64th, and what clocks differ', () => {
    fc.assert(
      fc.property(rates, (rate) => {
        const slotMs = Math.ceil(rate.windowMs / 64);
        let use: WindowUse | undefined;
        let admitted = 0;
        for (let nowMs = 0; nowMs < 4 * (rate.windowMs + slotMs + CLOCKS_MS); nowMs += slotMs / 2) {
          const admission = admit(use, nowMs, rate, rate.count);
          use = admission.use;
          admitted += admission.admitted;
        }
        expect(admitted).toBeGreaterThanOrEqual(4 * rate.count - 1);
      }),
      { numRuns: 20 },
    );
  });
});
