import { describe, expect, test } from 'vitest';
import { Problem } from '../edge/problem.ts';
import { nextRunMs, readTiming } from './schedule-request.ts';

const now = Date.parse('2026-06-01T12:00:00Z');

describe('readTiming', () => {
  test('leaves a body alone that does not say when', () => {
    for (const body of [{ n: 1 }, { n: 1, run_at: null, cron: null }, [1], null, 'text'])
      expect(readTiming(body, now).timing).toBeUndefined();
    expect(readTiming({ n: 1, chunks: 2 }, now).rest).toEqual({ n: 1, chunks: 2 });
  });

  test('takes a time with its offset, and a past one as now', () => {
    expect(readTiming({ n: 1, run_at: '2026-06-02T08:00:00+02:00' }, now)).toEqual({
      timing: { run_at: '2026-06-02T06:00:00.000Z', cron: null, time_zone: null },
      rest: { n: 1 },
    });
    expect(readTiming({ n: 1, run_at: '2020-01-01T00:00:00Z' }, now).timing).toMatchObject({
      run_at: '2026-06-01T12:00:00.000Z',
    });
  });

  test('takes a cron expression with its clock', () => {
    const { timing } = readTiming({ n: 1, cron: ' 30 6 * * 1-5', time_zone: 'Europe/Berlin' }, now);
    expect(timing).toEqual({ run_at: null, cron: '30 6 * * 1-5', time_zone: 'Europe/Berlin' });
    expect(new Date(nextRunMs(timing!, now)!).toISOString()).toBe('2026-06-02T04:30:00.000Z');
    expect(readTiming({ n: 1, cron: '@daily' }, now).timing).toEqual({ run_at: null, cron: '@daily', time_zone: 'UTC' });
  });

  test.each([
    [{ run_at: '2027-06-03T00:00:00Z' }, 400, 'run_at must be at most a year ahead.'],
    [{ cron: '61 * * * *' }, 400, expect.stringMatching(/^cron "61" is no minute/)],
    [{ cron: '0 0 31 2 *' }, 400, 'cron "0 0 31 2 *" has no tick: there is no such day.'],
    [
      { cron: '0 '.repeat(150) },
      422,
      [{ loc: ['body', 'cron'], msg: 'must be at most 200 characters', type: 'string_too_long' }],
    ],
    [
      { cron: '@daily', time_zone: 'Mars/Olympus' },
      422,
      [
        {
          loc: ['body', 'time_zone'],
          msg: '"Mars/Olympus" is not a known time zone; use an IANA name like Europe/Berlin or UTC',
          type: 'value_error',
        },
      ],
    ],
    [{ run_at: 7 }, 422, [{ loc: ['body', 'run_at'], msg: 'must be a string', type: 'string_type' }]],
    [{ cron: ['* * * * *'] }, 422, [{ loc: ['body', 'cron'], msg: 'must be a string', type: 'string_type' }]],
    [
      { run_at: '2026-06-02 08:00' },
      422,
      [{ loc: ['body', 'run_at'], msg: expect.stringMatching(/with its offset/), type: 'datetime_type' }],
    ],
    [
      { run_at: '2026-06-02T08:00:00' },
      422,
      [{ loc: ['body', 'run_at'], msg: expect.stringMatching(/with its offset/), type: 'datetime_type' }],
    ],
    [
      { run_at: '2026-06-02T08:00:00Z', cron: '@daily' },
      422,
      [{ loc: ['body', 'cron'], msg: expect.stringMatching(/^not together/), type: 'extra_forbidden' }],
    ],
    [
      { time_zone: 'UTC' },
      422,
      [{ loc: ['body', 'time_zone'], msg: expect.stringMatching(/^only together with "cron"/), type: 'extra_forbidden' }],
    ],
  ])('refuses %j', (body, status, detail) => {
    let refusal: unknown;
    try {
      readTiming(body, now);
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(Problem);
    expect((refusal as Problem).getStatus()).toBe(status);
    expect((refusal as Problem).getResponse()).toEqual({ detail });
  });
});
