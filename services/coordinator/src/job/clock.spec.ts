import { aSubmitJob } from '@manyhands/testkit';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ChunkSet } from './chunk-set.ts';
import { atTime } from './clock.ts';
import { RETRY_GRID_MS } from './retry.ts';
import { heldPartial } from './held.ts';
import { moved, submittedJob, type JobState } from './state.ts';
import { withTimer } from './timer.ts';

const HOUR_MS = 3_600_000;
const running: JobState = {
  ...moved(submittedJob(aSubmitJob({ chunks: 4 }), 2 * HOUR_MS), 'running'),
  waiting: [{ attempt: 1, notBeforeMs: 2 * HOUR_MS + 5_000, chunks: ChunkSet.of([[0, 1]]) }],
  leases: [{ id: '1-4-0', span: [1, 4], attempt: 0, sinceMs: 2 * HOUR_MS - 1_000 }],
  partials: [{ ...heldPartial('9-10-0', '1'), notBeforeMs: 2 * HOUR_MS + 700 }],
  timerAtMs: 2 * HOUR_MS + 700,
};

it('time passes with messages, and counts as worked on only while the job runs', () => {
  const later = atTime(running, 2 * HOUR_MS + 1_500);
  expect(later).toEqual({ ...running, atMs: 2 * HOUR_MS + 1_500, workedMs: 1_500, timing: later.timing });
  expect(later.timing).toMatchObject({ ms: 1_500 });
  const paused = atTime(moved(later, 'paused'), 5 * HOUR_MS);
  expect(paused.workedMs).toBe(1_500);
  expect(atTime(moved(paused, 'running'), 5 * HOUR_MS + 10)).toMatchObject({ workedMs: 1_510 });
});

// Seen: ten minutes without a worker counted, and the time left was many times too long.
it('time in which no slot could compute it counts as far as the answer says, from when they left until they were back', () => {
  const idle: JobState = { ...running, workedMs: 1_000, idle: true };
  const back = atTime(idle, 2 * HOUR_MS + 600_000, 150);
  expect(back).toMatchObject({ workedMs: 1_150 });
  expect(back).not.toHaveProperty('idle');
  expect(atTime(back, back.atMs + 40, 500).workedMs).toBe(1_190);
  expect(atTime(idle, 2 * HOUR_MS + 100, 150).workedMs).toBe(1_100);
  expect(atTime(idle, 2 * HOUR_MS + 600_000).workedMs).toBe(1_000);
});

it('where the clock goes back an hour, what was to wait five seconds waits five seconds, and the timer is set for that', () => {
  const back = atTime(running, HOUR_MS);
  expect(back).toMatchObject({
    atMs: HOUR_MS,
    workedMs: 0,
    timerAtMs: null,
    waiting: [{ notBeforeMs: HOUR_MS + 5_000 }],
    leases: [{ sinceMs: HOUR_MS - 1_000 }],
    partials: [{ notBeforeMs: HOUR_MS + 700 }],
  });
  expect(withTimer(back).timer).toMatchObject({ at_ms: HOUR_MS + 700 });
});

it('nothing ever waits for longer than it was to, whatever the clock does', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 4 * HOUR_MS }), { minLength: 1, maxLength: 10 }), (times) => {
      let job = running;
      for (const storedAtMs of times) {
        const before = job;
        job = atTime(job, storedAtMs);
        const waits = ({ atMs, waiting }: JobState) => waiting[0]!.notBeforeMs! - atMs;
        expect(waits(job)).toBeLessThanOrEqual(Math.max(0, waits(before)));
        expect(waits(job)).toBeGreaterThan(waits(before) - Math.max(0, storedAtMs - before.atMs) - RETRY_GRID_MS);
        expect(job.workedMs).toBeGreaterThanOrEqual(before.workedMs);
      }
    }),
  );
});
