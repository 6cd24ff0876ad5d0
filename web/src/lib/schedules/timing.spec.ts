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

test('an expression that is offered has a name, another has none', () => {
  expect(cronName('0 * * * *')).toBe('Every hour');
  expect(cronName('1 2 3 4 *')).toBeUndefined();
});

test('every expression that is offered is one', () => {
  for (const { cron } of crons) expect(() => parseCron(cron)).not.toThrow();
});
