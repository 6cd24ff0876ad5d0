import { pendingView } from '@manyhands/proto';
import { aJobFinished, aSubmitJob } from '@manyhands/testkit';
import { expect, it } from 'vitest';
import { setAside } from '../job/set-aside.ts';
import { endedAs, jobOf } from './job-salvage.ts';

const view = {
  ...pendingView(aSubmitJob({ kind: 'sum', chunks: 7 })),
  status: 'running' as const,
  started_at: '2026-01-01T00:00:01.000Z',
  duration_sec: 2,
  retries: 3,
  round: 4,
  on_dead_chunk: 'continue' as const,
  max_attempts: 7,
  hard_limit_sec: 9,
};

it('a running job is put together as it was submitted, in its round, and hands out nothing under an id that was handed out', () => {
  expect(jobOf(view, false)).toMatchObject({
    submit: {
      kind: 'sum',
      chunks: 7,
      params: view.params,
      job_id: view.job_id,
      on_dead_chunk: 'continue',
      max_attempts: 7,
      hard_limit_sec: 9,
    },
    round: 4,
    issue: 1,
    workedMs: 2_000,
    retries: 3,
  });
});

it('a job that is over is put together for its next round, and otherwise left as it ended', () => {
  expect(jobOf({ ...view, status: 'failed' }, true)).toMatchObject({ round: 5 });
  expect(jobOf({ ...view, status: 'completed' }, false)).toBeNull();
});

it('a job of which only the event of its end is left is put together for its next round, and a cancelled one stays cancelled', () => {
  const { job } = aJobFinished({ kind: 'sum', total_chunks: 7, status: 'failed', round: 2 });
  expect(endedAs(job)).toMatchObject({ submit: { kind: 'sum', chunks: 7 }, status: 'pending', round: 3 });
  const cancelled = endedAs({ ...job, status: 'cancelled' });
  expect(setAside(cancelled, { step: 'load', reason: 'rubbish' }, 0)).toMatchObject({ status: 'cancelled', round: 2 });
});
