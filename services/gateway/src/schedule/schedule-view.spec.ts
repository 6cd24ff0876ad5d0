import { newJobId, type ScheduleRan } from '@manyhands/proto';
import { aSchedule } from '@manyhands/testkit';
import { expect, test } from 'vitest';
import { scheduleView } from './schedule-view.ts';

const now = Date.parse('2026-06-01T12:00:00Z');
const daily = aSchedule();
const once = aSchedule({ cron: null, time_zone: null, run_at: '2026-06-02T00:00:00.000Z' });
const ranOf = (schedule: typeof daily): ScheduleRan => ({
  v: 1,
  type: 'ScheduleRan',
  schedule,
  occurrence: 'x',
  due_at: '2026-06-01T00:00:00.000Z',
  job_id: newJobId(),
});

test('a schedule to come says when', () => {
  expect(scheduleView({ timer: daily }, now)).toMatchObject({
    status: 'scheduled',
    next_run_at: '2026-06-02T00:00:00.000Z',
    last_run_at: null,
    last_job_id: null,
  });
  expect(scheduleView({ timer: once }, now)).toMatchObject({ status: 'scheduled', next_run_at: '2026-06-02T00:00:00.000Z' });
});

test('one that repeats tells of its last job too', () => {
  const ran = ranOf(daily);
  expect(scheduleView({ timer: daily, ran, due: daily }, now)).toMatchObject({
    status: 'scheduled',
    last_run_at: ran.due_at,
    last_job_id: ran.job_id,
  });
});

test('a paused one says nothing of a next time', () => {
  expect(scheduleView({ timer: { ...daily, status: 'paused' } }, now)).toMatchObject({ status: 'paused', next_run_at: null });
});

test('one whose user is disabled states why it does not run, and none that is done does', () => {
  expect(scheduleView({ timer: daily, isHalted: true }, now)).toMatchObject({
    status: 'scheduled',
    halted: expect.stringContaining('is disabled'),
    next_run_at: null,
  });
  expect(scheduleView({ due: once, isHalted: true }, now)).toHaveProperty('halted');
  expect(scheduleView({ ran: ranOf(once), isHalted: true }, now)).not.toHaveProperty('halted');
  expect(scheduleView({ timer: daily }, now)).not.toHaveProperty('halted');
});

test('one that ran once is done; while it is due and its job is not stored, it is still to come', () => {
  expect(scheduleView({ due: once }, now)).toMatchObject({ status: 'scheduled', last_job_id: null });
  expect(scheduleView({ ran: ranOf(once) }, now)).toMatchObject({
    status: 'done',
    next_run_at: null,
    last_job_id: expect.any(String),
  });
});

test('it shows what its jobs ask for in attempts and time, and nothing where they leave it to the system', () => {
  const strict = { max_attempts: 2, soft_limit_sec: 1, hard_limit_sec: 2 };
  expect(scheduleView({ timer: { ...daily, job: { ...daily.job, ...strict } } }, now)).toMatchObject(strict);
  for (const field of Object.keys(strict)) expect(scheduleView({ timer: daily }, now)).not.toHaveProperty(field);
});

test('nothing stored is no schedule', () => {
  expect(scheduleView({}, now)).toBeUndefined();
});
