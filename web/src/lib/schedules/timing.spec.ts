import { expect, test } from 'vitest';
import { parseCron } from '@manyhands/proto';
import { cronName, crons, localTime, timingOf } from './timing.ts';

const clock = { at: '', cron: '', timeZone: 'Europe/Berlin' };

test('now says nothing, later is a time with its offset, again and again is an expression with the clock it is meant for', () => {
  expect(timingOf({ ...clock, when: 'now' })).toEqual({});
  expect(timingOf({ ...clock, when: 'later', at: localTime(Date.parse('2027-01-31T06:30:00Z')) })).toEqual({
    run_at: '2027-01-31T06:30:00.000Z',
  });
  expect(timingOf({ ...clock, when: 'repeat', cron: ' 0 * * * * ' })).toEqual({ cron: '0 * * * *', time_zone: 'Europe/Berlin' });
});

test('what is not complete is no choice yet', () => {
  expect(timingOf({ ...clock, when: 'later' })).toBeUndefined();
  expect(timingOf({ ...clock, when: 'repeat', cron: ' ' })).toBeUndefined();
  expect(timingOf({ ...clock, when: 'repeat', cron: '0 * * * *', timeZone: ' ' })).toBeUndefined();
});

test.each([
  ['0 * * * *', 'Every hour'],
  ['* * * * *', 'Every minute'],
  ['*/15 * * * *', 'Every 15 minutes'],
  ['0 */4 * * *', 'Every 4 hours'],
  ['30 6 * * *', 'Every day at 06:30'],
  ['30 6 * * mon-fri', 'Working days at 06:30'],
  [' 5  18 * *  1-5 ', 'Working days at 18:05'],
  ['0 9 * * MON', 'Mondays at 09:00'],
  ['0 9 * * 7', 'Sundays at 09:00'],
  ['0 0 1 * *', 'First of the month at 00:00'],
])('%s has the name "%s"', (cron, name) => {
  expect(() => parseCron(cron)).not.toThrow();
  expect(cronName(cron)).toBe(name);
});

test.each([
  '1 2 3 4 *',
  '*/7 * * * *',
  '0 */5 * * *',
  '0 6,18 * * *',
  '0 6 1 * mon',
  '0 6 15 * *',
  '1-5 * * * *',
  '5 */4 * * *',
  '0 6 * * mon,tue',
  '',
])('%s has none', (cron) => expect(cronName(cron)).toBeUndefined());

test('every expression that is offered is one, and has a name', () => {
  for (const cron of crons) {
    expect(() => parseCron(cron)).not.toThrow();
    expect(cronName(cron)).toBeDefined();
  }
});
