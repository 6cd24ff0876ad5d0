import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utcDayCount, utcDayEnd, utcDayOf, utcDays, utcDayStart } from './utc-days.ts';

const time = fc.integer({ min: Date.parse('1970-01-01T00:00:00Z'), max: Date.parse('2100-01-01T00:00:00Z') });

describe('days of UTC', () => {
  it('a moment is in its day alone', () => {
    expect(utcDayOf(Date.parse('2026-11-28T23:59:59.999Z'))).toBe('2026-11-28');
    expect(utcDays(Date.parse('2026-11-28T00:00:00Z'), Date.parse('2026-11-29T00:00:00Z'))).toEqual(['2026-11-28']);
    expect(utcDays(Date.parse('2026-11-28T23:59:59.999Z'), Date.parse('2026-11-29T00:00:00.001Z'))).toEqual([
      '2026-11-28',
      '2026-11-29',
    ]);
    expect(utcDays(5, 5)).toEqual([]);
  });

  it('those of any period follow each other without a gap, and cover it', () => {
    fc.assert(
      fc.property(time, fc.integer({ min: 1, max: 100 * 24 * 3_600_000 }), (fromMs, lengthMs) => {
        const days = utcDays(fromMs, fromMs + lengthMs);
        expect(days).toHaveLength(utcDayCount(fromMs, fromMs + lengthMs));
        expect(utcDayStart(days[0]!)).toBeLessThanOrEqual(fromMs);
        expect(utcDayEnd(days.at(-1)!)).toBeGreaterThanOrEqual(fromMs + lengthMs);
        for (const [index, day] of days.entries()) if (index > 0) expect(utcDayStart(day)).toBe(utcDayEnd(days[index - 1]!));
      }),
    );
  });
});
