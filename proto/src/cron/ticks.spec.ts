import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { parseCron } from './cron.ts';
import { isTimeZone, lastTickBefore, nextTick } from './ticks.ts';

const at = (iso: string): number => Date.parse(iso);
const iso = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : new Date(ms).toISOString());

/** The next ticks after a time. */
function ticks(cron: string, timeZone: string, after: string, count: number): (string | undefined)[] {
  const found: (string | undefined)[] = [];
  let ms: number | undefined = at(after);
  for (let index = 0; index < count && ms !== undefined; index += 1) found.push(iso((ms = nextTick(parseCron(cron), timeZone, ms))));
  return found;
}

describe('nextTick', () => {
  test.each([
    ['* * * * *', 'UTC', '2026-01-01T00:00:00Z', ['2026-01-01T00:01:00.000Z']],
    ['* * * * *', 'UTC', '2026-01-01T00:00:59.999Z', ['2026-01-01T00:01:00.000Z']],
    ['30 6 * * 1-5', 'UTC', '2026-01-02T06:30:00Z', ['2026-01-05T06:30:00.000Z', '2026-01-06T06:30:00.000Z']],
    ['30 6 * * *', 'Europe/Berlin', '2026-03-28T00:00:00Z', ['2026-03-28T05:30:00.000Z', '2026-03-29T04:30:00.000Z']],
    ['0 0 29 2 *', 'UTC', '2026-01-01T00:00:00Z', ['2028-02-29T00:00:00.000Z', '2032-02-29T00:00:00.000Z']],
    ['0 0 13 * 5', 'UTC', '2026-02-07T00:00:00Z', ['2026-02-13T00:00:00.000Z', '2026-02-20T00:00:00.000Z']],
    ['15 0 1 * *', 'Asia/Kathmandu', '2026-01-01T00:00:00Z', ['2026-01-31T18:30:00.000Z']],
    ['0 12 1 1 *', 'Pacific/Kiritimati', '2026-06-01T00:00:00Z', ['2026-12-31T22:00:00.000Z']],
  ])('%s in %s after %s', (cron, timeZone, after, expected) => {
    expect(ticks(cron, timeZone, after, expected.length)).toEqual(expected);
  });

  test('passes over a time that the clock skips', () => {
    expect(ticks('30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', 1)).toEqual(['2026-03-30T00:30:00.000Z']);
  });

  test('comes twice where the clock is put back', () => {
    expect(ticks('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', 3)).toEqual(['2026-10-25T00:30:00.000Z', '2026-10-25T01:30:00.000Z', '2026-10-26T01:30:00.000Z']);
  });

  test('is undefined for a day that never comes', () => {
    expect(nextTick(parseCron('0 0 31 2 *'), 'UTC', at('2026-01-01T00:00:00Z'))).toBeUndefined();
  });

  test('finds what looking at every minute finds', () => {
    const pick = (max: number, from = 0) => fc.uniqueArray(fc.integer({ min: from, max }), { minLength: 1, maxLength: 3 }).map((values) => values.join(','));
    const star = (one: fc.Arbitrary<string>) => fc.oneof(fc.constant('*'), one);
    const crons = fc.tuple(star(pick(59)), star(pick(23)), star(pick(28, 1)), fc.constant('*'), star(pick(6))).map((fields) => fields.join(' '));
    const zones = fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata');
    // Around the changes of the clocks in both directions.
    const starts = fc.constantFrom('2026-03-28T20:11:00Z', '2026-10-24T21:59:00Z', '2026-11-01T03:00:00Z', '2026-04-04T13:00:00Z', '2026-12-31T22:22:00Z').map(at);
    fc.assert(
      fc.property(crons, zones, starts, (text, zone, start) => {
        const cron = parseCron(text);
        const found = nextTick(cron, zone, start)!;
        expect(found).toBeGreaterThan(start);
        const hands = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', hour: 'numeric', minute: 'numeric', day: 'numeric', weekday: 'short' });
        const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
        const matches = (ms: number): boolean => {
          const part = Object.fromEntries(hands.formatToParts(ms).map(({ type, value }) => [type, value]));
          const days = cron.days.has(Number(part['day']));
          const weekday = cron.weekdays.has(weekdays.indexOf(part['weekday']!));
          return cron.minutes.has(Number(part['minute'])) && cron.hours.has(Number(part['hour'])) && (cron.bothDays ? days && weekday : days || weekday);
        };
        expect(matches(found)).toBe(true);
        for (let ms = Math.floor(start / 60_000) * 60_000 + 60_000; ms < Math.min(found, start + 2 * 24 * 3_600_000); ms += 60_000) expect(matches(ms)).toBe(false);
      }),
      { numRuns: 20 },
    );
  });
});

describe('lastTickBefore', () => {
  test.each([['* * * * *', 'UTC'], ['0 * * * *', 'UTC'], ['30 6 * * 1-5', 'Europe/Berlin'], ['0 0 1 1 *', 'America/New_York'], ['30 2 * * *', 'Europe/Berlin'], ['0 0 29 2 *', 'UTC']])(
    'of each tick of %s in %s is the tick before it',
    (text, zone) => {
      const cron = parseCron(text);
      const first = nextTick(cron, zone, at('2026-10-23T00:00:00Z'))!;
      const second = nextTick(cron, zone, first)!;
      expect(iso(lastTickBefore(cron, zone, second))).toBe(iso(first));
      expect(iso(lastTickBefore(cron, zone, nextTick(cron, zone, second)!))).toBe(iso(second));
    },
  );
});

test.each([['UTC', true], ['Europe/Berlin', true], ['America/Argentina/Buenos_Aires', true], ['Mars/Olympus', false], ['+02:00', false], ['', false], ['Local/../x', false]])('%j is a time zone: %s', (name, known) => {
  expect(isTimeZone(name)).toBe(known);
});
