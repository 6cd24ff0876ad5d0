import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HistoryFilter } from './history-filter.ts';
import {
  curveOf,
  drawnDays,
  failureShareOf,
  jobsOf,
  jobsSentence,
  shareHeight,
  shareText,
  shareTop,
  stackOf,
  trendSearchOf,
  type TrendDay,
} from './trends.ts';

function aDay(day: string, given: Partial<TrendDay> = {}): TrendDay {
  const { completed, failed, ...more } = { completed: 0, failed: 0, cancelled: 0, chunks: 0, kinds: [], ...given };
  const failure_share = completed + failed === 0 ? null : failed / (completed + failed);
  return { day, completed, failed, failure_share, ...more };
}

function took(middle: number | null, high: number | null): TrendDay['kinds'] {
  const counts = { completed: 1, failed: 0, cancelled: 0, failure_share: 0, chunks: 1 };
  return [{ kind: 'sum', ...counts, p50_duration_sec: middle, p95_duration_sec: high }];
}

const counts = fc.record({ completed: fc.nat(500), failed: fc.nat(500), cancelled: fc.nat(500) });

describe('trends', () => {
  it('are asked for with the filters of the list, over its period, or as many days as there may be', () => {
    const none: HistoryFilter = {
      ...{ status: null, kind: null, days: null, day: null, tag: null, error: null, seconds: null, tenant: null },
    };
    const nowMs = Date.parse('2026-11-28T06:30:00Z');
    expect(trendSearchOf({ ...none, kind: 'sum', day: '2026-11-02' }, nowMs)).toEqual({
      kind: 'sum',
      from: '2026-08-31T00:00:00.000Z',
      to: '2026-11-29T00:00:00.000Z',
    });
    expect(trendSearchOf({ ...none, days: 7, day: '2026-11-25' }, nowMs)).toEqual({
      from: '2026-11-21T06:30:00.000Z',
      to: '2026-11-29T00:00:00.000Z',
    });
  });

  it('are drawn from the first day with a job on, over a week at the least, and no job is left out', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(2), { maxLength: 90 }), (all) => {
        const days = all.map((completed, at) => aDay(new Date(at * 86_400_000).toISOString().slice(0, 10), { completed }));
        const drawn = drawnDays(days);
        expect(drawn).toEqual(days.slice(days.length - drawn.length));
        expect(drawn.reduce((sum, day) => sum + jobsOf(day), 0)).toBe(days.reduce((sum, day) => sum + jobsOf(day), 0));
        expect(drawn.length).toBeGreaterThanOrEqual(Math.min(7, days.length));
        if (drawn.length > 7 && drawn.length < days.length) expect(jobsOf(drawn[0]!)).toBeGreaterThan(0);
      }),
    );
    const young = Array.from({ length: 90 }, (_, at) => aDay('2026-11-28', { failed: at === 89 ? 1 : 0 }));
    expect(drawnDays(young)).toHaveLength(7);
    expect(drawnDays(young.slice(0, 89))).toHaveLength(89);
  });

  it('each bar stands on the one below, none is lost for being small, and none is over the top', () => {
    fc.assert(
      fc.property(fc.array(counts, { minLength: 1, maxLength: 90 }), (all) => {
        const days = all.map((count) => aDay('2026-11-28', count));
        const most = Math.max(...days.map(jobsOf));
        for (const day of days) {
          const bars = stackOf(day, most);
          expect(bars).toHaveLength([day.completed, day.cancelled, day.failed].filter((count) => count > 0).length);
          for (const { y, height } of bars) {
            expect(height).toBeGreaterThanOrEqual(2);
            expect(y).toBeGreaterThanOrEqual(0);
            expect(y + height).toBeLessThanOrEqual(100.001);
          }
        }
      }),
    );
  });

  it('a chart of shares keeps few failures low', () => {
    const days = [aDay('2026-11-27', { completed: 99, failed: 1 }), aDay('2026-11-28', { cancelled: 3 })];
    expect(shareTop(days)).toBe(0.05);
    expect(shareHeight(days[0]!.failure_share, 0.05)).toBeCloseTo(20);
    expect(shareHeight(days[1]!.failure_share, 0.05)).toBe(0);
    expect(failureShareOf(days)).toBeCloseTo(0.01);
    expect(failureShareOf([days[1]!])).toBeNull();
    expect(shareTop([aDay('2026-11-28', { failed: 1 })])).toBe(1);
  });

  it('a small share is not none', () => {
    expect([null, 0, 0.0001, 0.004, 0.0994, 0.12, 1].map(shareText)).toEqual([
      '–',
      '0 %',
      '< 0.1 %',
      '0.4 %',
      '9.9 %',
      '12 %',
      '100 %',
    ]);
  });

  it('a curve goes through the days that have one; a single day is a dot', () => {
    const days = [
      aDay('2026-11-26', { kinds: took(1, 4) }),
      aDay('2026-11-27', { kinds: took(null, null) }),
      aDay('2026-11-28', { kinds: took(2, 2) }),
    ];
    expect(curveOf(days, 'sum')).toEqual({
      line: 'M0.5 17.8L2.5 12.5',
      band: 'M0.5 2.0L2.5 12.5L2.5 12.5L0.5 17.8Z',
      most: 4,
    });
    expect(curveOf(days.slice(0, 1), 'sum')?.line).toBe('M0.5 17.8h0.01');
    expect(curveOf(days, 'primes')).toBeNull();
    expect(curveOf([aDay('2026-11-28', { kinds: took(0, 0) })], 'sum')?.line).toBe('M0.5 23.0h0.01');
  });

  it('are one sentence for who does not see them', () => {
    const days = [aDay('2026-11-27', { completed: 1_200, failed: 2 }), aDay('2026-11-28', { cancelled: 3 })];
    expect(jobsSentence(days)).toBe('From Nov 27 to Nov 28: 1,200 completed, 3 cancelled, 2 failed; most on Nov 27, 1,202.');
  });
});
