import { SubmitJob } from '@manyhands/proto';
import { aRequeueJob } from '@manyhands/testkit';
import { expect, it } from 'vitest';
import { jobBehaviour } from './job.actor.ts';
import { hasMoreToRun } from './finish.ts';
import { setAside } from './set-aside.ts';
import { submittedJob } from './state.ts';
import { isUnknown, unknownSubmit } from './unknown-job.ts';

const jobId = '019a0000-0000-7000-8000-000000000001';
const submit = unknownSubmit(jobId, 'local');

it('an unknown job was made when its id was', () => {
  expect(SubmitJob.parse(submit)).toMatchObject({ job_id: jobId, submitted_at: '2025-10-20T05:03:11.360Z' });
  expect(isUnknown(submit)).toBe(true);
  expect(isUnknown({ kind: 'unknown', chunks: 1 })).toBe(false);
});

it('it ends in words, and nothing of it runs again', () => {
  const job = setAside(submittedJob(submit, 0), { step: 'load', reason: 'rubbish' }, 0);
  expect(job).toMatchObject({ status: 'failed', error: { message: expect.stringContaining('submit it as a new job') } });
  expect(hasMoreToRun(job)).toBe(false);
  const mail = {
    actorId: jobId,
    sequence: 2,
    storedAtMs: 0,
    redelivered: false,
    message: aRequeueJob({ job_id: jobId, round: 1 }),
  };
  const turn = jobBehaviour.decide(job, mail, undefined as never);
  expect(turn).toMatchObject({ state: { status: 'failed', round: 0 }, effects: [], finished: true });
  expect(turn.keep).toBeUndefined();
});
