import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TurnStock } from './turn-stock.ts';

const act = fc.oneof(
  fc.record({ do: fc.constant('use' as const), afterMs: fc.nat(30), lateMs: fc.constantFrom(5, 50) }),
  fc.record({ do: fc.constant('cut' as const), afterMs: fc.nat(30), aheadMs: fc.nat(60) }),
  fc.record({
    do: fc.constant('add' as const),
    gapMs: fc.nat(40),
    // All sums of them are exact.
    everyMs: fc.constantFrom(0.125, 1, 7),
    count: fc.integer({ min: 1, max: 200 }),
  }),
);

describe('turns that are taken', () => {
  it('are used once each, in order, when they are due and not later than is allowed; what is lost is late', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 200 }), (acts) => {
        const stock = new TurnStock();
        const here: number[] = [];
        let nowMs = 0;
        let lastMs = 0;
        for (const one of acts) {
          if (one.do === 'add') {
            const firstAtMs = Math.max(nowMs, lastMs) + one.gapMs;
            stock.add({ firstAtMs, everyMs: one.everyMs, count: one.count });
            for (let turn = 0; turn < one.count; turn += 1) here.push(firstAtMs + turn * one.everyMs);
            lastMs = firstAtMs + one.count * one.everyMs;
          } else if (one.do === 'use') {
            nowMs += one.afterMs;
            while (here.length > 0 && here[0]! < nowMs - one.lateMs) here.shift();
            const used = stock.use(nowMs, one.lateMs);
            expect(used).toBe(here.length > 0 && here[0]! <= nowMs ? here.shift() : undefined);
          } else {
            nowMs += one.afterMs;
            const untilMs = nowMs + one.aheadMs;
            const given = stock.cut(untilMs);
            for (let turn = 0; turn < (given?.count ?? 0); turn += 1) {
              const atMs = given!.firstAtMs + turn * given!.everyMs;
              expect(atMs).toBeLessThan(untilMs);
              expect(atMs).toBe(here.shift());
            }
          }
          expect(stock.count).toBe(here.length);
        }
      }),
    );
  });

  it('end with the last one', () => {
    const stock = new TurnStock();
    expect(stock.lastAtMs).toBe(Number.NEGATIVE_INFINITY);
    stock.add({ firstAtMs: 100, everyMs: 10, count: 3 });
    expect(stock.lastAtMs).toBe(120);
    expect(stock.nextAtMs(100, 5)).toBe(100);
    expect(stock.nextAtMs(116, 5)).toBe(120);
    expect(stock.nextAtMs(126, 5)).toBeUndefined();
  });
});
