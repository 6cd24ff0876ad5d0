import { aSubmitJob } from '@manyhands/testkit';
import { expect, it } from 'vitest';
import { ChunkSet } from './chunk-set.ts';
import { heldPartial } from './held.ts';
import { submittedJob, type JobState } from './state.ts';
import { rung, withTimer } from './timer.ts';

const fresh = submittedJob(aSubmitJob({ chunks: 4 }), 1_000);
const later: JobState = {
  ...fresh,
  waiting: [
    { attempt: 1, notBeforeMs: 3_000, chunks: ChunkSet.of([[2, 4]]) },
    { attempt: 1, notBeforeMs: 5_000, chunks: ChunkSet.of([[1, 2]]) },
    { attempt: 0, chunks: ChunkSet.of([[0, 1]]) },
  ],
};
const dueOf = (atMs: number) => ({
  v: 1 as const,
  type: 'TimerDue' as const,
  job_id: fresh.submit.job_id,
  timer: 'retry' as const,
  at_ms: atMs,
});

it('a job with nothing to wait for sets no timer', () => {
  expect(withTimer(fresh)).toEqual({ job: fresh, timer: undefined });
  expect(withTimer({ ...later, atMs: 5_000 }).timer).toBeUndefined();
});

it('the timer is set for the first chunk that waits, once', () => {
  const { job, timer } = withTimer(later);
  expect(timer).toEqual(dueOf(3_000));
  expect(withTimer(job)).toEqual({ job, timer: undefined });
});

it('a partial whose merge failed is waited for like a chunk', () => {
  const merging: JobState = {
    ...fresh,
    waiting: [],
    partials: [{ ...heldPartial('0-1-0', '1'), notBeforeMs: 2_500 }, heldPartial('1-2-0', '1')],
  };
  expect(withTimer(merging).timer).toEqual(dueOf(2_500));
  expect(withTimer({ ...merging, atMs: 2_500 }).timer).toBeUndefined();
});

it('a timer is moved forward and never back: one that rings early sets the next', () => {
  expect(withTimer({ ...later, timerAtMs: 4_000 }).timer).toEqual(dueOf(3_000));
  expect(withTimer({ ...later, timerAtMs: 2_000 }).timer).toBeUndefined();
  expect(withTimer(rung({ ...later, timerAtMs: 2_000 }, dueOf(2_000))).timer).toEqual(dueOf(3_000));
});

it('a timer that rings lets go what waited until then, whatever the clock says', () => {
  const { job } = withTimer({ ...later, partials: [{ ...heldPartial('0-1-0', '1'), notBeforeMs: 3_000 }] });
  const after = rung(job, dueOf(3_000));
  expect(after).toMatchObject({ timerAtMs: null, atMs: 1_000, partials: [heldPartial('0-1-0', '1')] });
  expect(after.waiting.map(({ notBeforeMs }) => notBeforeMs)).toEqual([undefined, 5_000, undefined]);
});

it('a timer that somebody else set brings no time, but took the place of ours, which is set again', () => {
  const { job } = withTimer(later);
  for (const other of [500, 2_900, 9_000]) {
    const after = rung(job, dueOf(other));
    expect(after.atMs).toBe(job.atMs);
    expect(withTimer(after)).toEqual(withTimer(later));
  }
});
