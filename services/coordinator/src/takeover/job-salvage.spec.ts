import { pendingView } from '@manyhands/proto';
import { aSubmitJob } from '@manyhands/testkit';
import { expect, it } from 'vitest';
import { jobOf } from './job-salvage.ts';

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
