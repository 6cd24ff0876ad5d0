import { limits, utcDayCount } from '@manyhands/proto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { trendPeriod } from './trend-period.ts';

const nowMs = Date.parse('2026-11-28T06:30:00Z');
const daysOf = ({ from, to }: { from: string; to: string }) => utcDayCount(Date.parse(from), Date.parse(to));

test('without a period it is thirty days, of which today is the last', () => {
  expect(trendPeriod({}, nowMs)).toEqual({ from: '2026-10-30T00:00:00.000Z', to: '2026-11-28T06:30:00.000Z' });
  expect(trendPeriod({ to: '2026-11-01T00:00:00Z' }, nowMs)).toEqual({
    from: '2026-10-02T00:00:00.000Z',
    to: '2026-11-01T00:00:00.000Z',
  });
});

test('whatever is asked for, it has at least one day and no more than fit, or is refused', () => {
  const time = fc.option(
    fc.date({ min: new Date('2025-01-01'), max: new Date('2028-01-01'), noInvalidDate: true }).map((at) => at.toISOString()),
    { nil: undefined },
  );
  fc.assert(
    fc.property(time, time, (from, to) => {
      const fromMs = from === undefined ? undefined : Date.parse(from);
      const toMs = to === undefined ? nowMs : Date.parse(to);
      const isRight = fromMs === undefined || (fromMs < toMs && utcDayCount(fromMs, toMs) <= limits.trendDaysMax);
      if (!isRight) return void expect(() => trendPeriod({ from, to }, nowMs)).toThrow();
      const period = trendPeriod({ from, to }, nowMs);
      expect(daysOf(period)).toBeGreaterThan(0);
      expect(daysOf(period)).toBeLessThanOrEqual(limits.trendDaysMax);
    }),
  );
});

test('90 days fit, also where they begin at midnight; 91 do not', () => {
  expect(daysOf(trendPeriod({ from: '2026-08-31T00:00:00Z' }, nowMs))).toBe(90);
  expect(() => trendPeriod({ from: '2026-08-30T23:59:59Z' }, nowMs)).toThrow(/at most 90 days.* has 91\./);
});
