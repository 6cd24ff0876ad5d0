import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  copiedResult,
  formatAgo,
  formatBrief,
  formatBytes,
  formatCount,
  formatDateTime,
  formatDay,
  formatDuration,
  formatHours,
  formatParams,
  formatPercent,
  formatRate,
  formatResult,
  formatTime,
  formatTimeLeft,
  raisedPowers,
  shortId,
} from './format.ts';

describe('numbers', () => {
  it('groups counts in thousands', () => {
    expect(formatCount(50847534)).toBe('50,847,534');
  });

  it('writes counts as the browser does', () => {
    const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
    const counts = fc.oneof(fc.maxSafeNat(), fc.double({ min: 0, max: 2 ** 53, noNaN: true }), fc.integer());
    fc.assert(
      fc.property(counts, (count) => {
        expect(formatCount(count)).toBe(whole.format(count));
      }),
    );
  });

  it('gives bytes in thousands', () => {
    expect([0, 1, 999, 1000, 1449, 9_949, 9_951, 38_400_000, 2 ** 31, 5e15].map(formatBytes)).toEqual([
      '0 bytes',
      '1 byte',
      '999 bytes',
      '1.0 KB',
      '1.4 KB',
      '9.9 KB',
      '10 KB',
      '38 MB',
      '2.1 GB',
      '5,000 TB',
    ]);
  });

  it('gives rates about three digits', () => {
    expect([0.713, 12.34, 1240.4, 3_210_000].map(formatRate)).toEqual(['0.71', '12', '1,240', '3.21M']);
  });

  it('never says 100 % before all is done, nor 0 less than it is', () => {
    expect([0, 0.29, 0.999999, 1, 2, -1].map(formatPercent)).toEqual(['0 %', '29 %', '99 %', '100 %', '100 %', '0 %']);
  });
});

describe('times', () => {
  it('uses the unit that fits', () => {
    expect([0.004, 0.82, 12.44, 59.96, 185, 3599.6, 7800].map(formatDuration)).toEqual([
      '4 ms',
      '0.82 s',
      '12.4 s',
      '1 min 00 s',
      '3 min 05 s',
      '1 h 00 min',
      '2 h 10 min',
    ]);
  });

  it('never shows sixty of a unit', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e6, noNaN: true }), (seconds) => {
        expect(formatDuration(seconds)).not.toMatch(/(?<![.\d])60(\.0+)? (s|min)\b/);
      }),
    );
  });

  it('rounds time left up to whole seconds', () => {
    expect([0.2, 4.1, 90].map(formatTimeLeft)).toEqual(['< 1 s', '5 s', '1 min 30 s']);
  });

  it('says a time as Intl does', () => {
    const intl = new Intl.DateTimeFormat('en', {
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      fractionalSecondDigits: 3,
      hourCycle: 'h23',
    });
    for (const iso of ['2026-01-31T00:00:00.000Z', '2026-07-01T23:59:59.999Z', '2026-03-29T01:05:09.007Z'])
      expect(formatTime(iso)).toBe(intl.format(new Date(iso)));
  });

  it('says how long ago, and never that it is yet to come', () => {
    const now = Date.parse('2026-01-02T00:00:00Z');
    const ago = (seconds: number) => formatAgo(new Date(now - seconds * 1000).toISOString(), now);
    expect([-3, 2, 12, 185, 7300, 90_000].map(ago)).toEqual([
      'just now',
      'just now',
      '12 seconds ago',
      '3 minutes ago',
      '2 hours ago',
      'yesterday',
    ]);
  });

  it('says how long ago as the browser does', () => {
    const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
    const sizes = { day: 86_400, hour: 3_600, minute: 60, second: 1 };
    const units = fc.constantFrom(...(Object.keys(sizes) as (keyof typeof sizes)[]));
    fc.assert(
      fc.property(units, fc.integer({ min: 1, max: 5_000 }), (unit, count) => {
        fc.pre(unit === 'day' || count < (unit === 'hour' ? 24 : 60));
        fc.pre(unit !== 'second' || count >= 5);
        expect(formatAgo(new Date(0).toISOString(), count * sizes[unit] * 1000)).toBe(relative.format(-count, unit));
      }),
    );
  });

  it('writes a date with the time to the second', () => {
    expect(formatDateTime('2026-01-02T03:04:05Z')).toMatch(/Jan \d+, 2026, \d\d:\d\d:\d\d|\d+ Jan 2026, \d\d:\d\d:\d\d/);
  });
});

describe('results', () => {
  it('groups numbers and strings of digits alike', () => {
    expect(formatResult(50847534)).toBe('50,847,534');
    expect(formatResult('500000000000000000500000000000000000')).toBe('500,000,000,000,000,000,500,000,000,000,000,000');
    expect(formatResult('-1234')).toBe('-1,234');
    expect(formatResult('9'.repeat(300_000))).toHaveLength(399_999);
  });

  it('leaves other values as they are', () => {
    expect(formatResult('hello 1234')).toBe('hello 1234');
    expect(formatResult(0.5)).toBe('0.5');
    expect(formatResult({ a: 1 })).toBe('{\n  "a": 1\n}');
    expect(formatResult(null)).toBe('null');
  });

  it('copies the bare value', () => {
    expect(copiedResult('123')).toBe('123');
    expect(copiedResult(50847534)).toBe('50847534');
    expect(copiedResult([1])).toBe('[1]');
  });
});

describe('labels', () => {
  it('writes large round numbers as powers of ten', () => {
    expect([1_000_000_000, '1000000000000000000', 100_000].map(formatBrief)).toEqual(['10⁹', '10¹⁸', '10⁵']);
    expect([640, 10_000, 2_500_000, 'abc'].map(formatBrief)).toEqual(['640', '10K', '2.5M', 'abc']);
  });

  it('puts parameters on one line', () => {
    expect(formatParams({ n: 1_000_000, tags: ['a'], label: 'x' })).toBe('n 1,000,000 · tags ["a"] · label x');
    expect(formatParams({})).toBe('');
  });

  it('shortens an id to its random end', () => {
    expect(shortId('01990000-0000-7000-8000-0123456789ab')).toBe('456789ab');
  });
});

it('a time says whose clock it is by', () => {
  expect(formatDateTime('2026-11-30T05:30:00Z', 'Europe/Berlin')).toBe('Nov 30, 2026, 06:30:00 GMT+1');
  expect(formatDateTime('2026-11-30T05:30:00Z', 'UTC')).toBe('Nov 30, 2026, 05:30:00 UTC');
  expect(formatDateTime('2026-11-30T05:30:00Z', 'Nowhere/City')).toBe(formatDateTime('2026-11-30T05:30:00Z'));
  expect(formatDateTime('2026-11-30T05:30:00Z')).toMatch(/ [A-Z]{2,}/);
});

it('powers in a text look like those on the buttons beside it', () => {
  expect(raisedPowers('at most 10^11, or 2^53 − 1; a^b and x ^ 2 are none')).toBe(
    'at most 10¹¹, or 2⁵³ − 1; a^b and x ^ 2 are none',
  );
});

it('whole numbers above 2^53 are grouped as well', () => {
  expect(formatResult(10 ** 16)).toBe('10,000,000,000,000,000');
  expect(formatParams({ n: 10 ** 16 })).toBe('n 10,000,000,000,000,000');
  expect(formatResult(1e21)).toBe('1e+21');
  expect(formatResult(1.5)).toBe('1.5');
});

it('how long something is kept', () => {
  expect([1, 6, 24, 36, 168].map(formatHours)).toEqual(['an hour', '6 hours', 'a day', '36 hours', '7 days']);
});

it('gives the time of a line to the millisecond', () => {
  expect(formatTime('2026-11-28T06:30:00.125Z')).toMatch(/^\d\d:\d\d:00\.125$/);
});

it('gives a day as one, by the clock of who looks', () => {
  expect(formatDay('2026-11-28T12:00:00.000Z')).toBe('Nov 28, 2026');
});
