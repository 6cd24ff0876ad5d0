import { expect, test } from 'vitest';
import { parseCron } from '@manyhands/proto';
import { crons, localTime, timingOf } from './timing.ts';

test('now says nothing, later is a time with its offset, again and again is an expression with the clock it is meant for', () => {
  expect(timingOf({ when: 'now', at: '', cron: '' }, 'UTC')).toEqual({});
  expect(timingOf({ when: 'later', at: localTime(Date.parse('2027-01-31T06:30:00Z')), cron: '' }, 'UTC')).toEqual({ run_at: '2027-01-31T06:30:00.000Z' });
  expect(timingOf({ when: 'repeat', at: '', cron: ' 0 * * * * ' }, 'Europe/Berlin')).toEqual({ cron: '0 * * * *', time_zone: 'Europe/Berlin' });
});

test('what is not complete is no choice yet', () => {
  expect(timingOf({ when: 'later', at: '', cron: '' }, 'UTC')).toBeUndefined();
  expect(timingOf({ when: 'repeat', at: '', cron: ' ' }, 'UTC')).toBeUndefined();
});

test('every expression that is offered is one', () => {
  for (const { cron } of crons) expect(() => parseCron(cron)).not.toThrow();
});
