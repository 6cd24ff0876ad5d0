/**
 * What becomes of a job of which a step failed for good: it is over, and states it. Nothing that was computed is kept, since it may be what the step failed at; a requeue
 * runs the whole job again.
 *
 * Invariant: it is small, whatever the job was. Its round stays, so all that is still on its way to it is passed over.
 */
import type { SetAsideCause } from '@manyhands/actor';
import type { WireError } from '@manyhands/proto';
import { ChunkSet } from './chunk-set.ts';
import { PACE_AT_START } from '../scheduling/lease-size.ts';
import { submittedJob, type JobState } from './state.ts';
import { isUnknown } from './unknown-job.ts';

const SENTENCES: Readonly<Record<SetAsideCause['step'], string>> = {
  load: 'its stored data could not be read',
  decide: 'a message of it could not be handled',
  save: 'its state could not be saved',
  perform: 'its effects could not be performed',
};

const AGAIN =
  'Requeue it to run all of it again; if it is set aside again, its params or results are the reason, or it needs another release.';
const UNKNOWN =
  'Its view could not be read either, so it is not known what it was to compute, and it cannot be run again: submit it as a new job.';

export function setAside(job: JobState, { step, reason }: SetAsideCause, nowMs: number): JobState {
  const next = isUnknown(job.submit) ? UNKNOWN : AGAIN;
  const message = `The job was set aside, so that it delays no other job: ${SENTENCES[step]} (${reason.slice(0, 1_500)}). ${next}`;
  const error: WireError = { code: 'quarantined', message: message.slice(0, 2_000), retryable: false };
  const { submit, round, issue, startedAtMs, workedMs, duplicateResults, retries, timing } = job;
  // A cancelled job stays cancelled: its user wants nothing more of it.
  const end = job.status === 'cancelled' ? ({ status: 'cancelled' } as const) : ({ status: 'failed', error } as const);
  return {
    ...submittedJob(submit, Math.max(nowMs, job.atMs), PACE_AT_START),
    ...{ round, issue, startedAtMs, workedMs, duplicateResults, retries, ...(timing && { timing }), ...end },
    finishedAtMs: Math.max(nowMs, job.atMs),
    waiting: [],
    done: ChunkSet.NONE,
  };
}
