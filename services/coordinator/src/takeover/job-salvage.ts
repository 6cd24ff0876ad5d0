/**
 * What a view still states of a job whose mailbox and saved state are gone, as the state that it is set aside from: step fold.
 *
 * Invariant: an end that users have seen stays, unless the job was to be run again.
 */
import type { Salvage } from '@manyhands/actor';
import type { Bucket } from '@manyhands/nats';
import { isFinal, keys, SubmitJob, timeLimitsOf, type JobView } from '@manyhands/proto';
import { submittedJob, type JobState } from '../job/state.ts';
import { readableView } from '../progress/readable-view.ts';

/** `jobs` is the opened bucket of views. */
export function salvageFrom(jobs: Bucket): Salvage<JobState | null> {
  return async (jobId, reopened) => {
    const value = (await jobs.get(keys.job('*', jobId)))?.value;
    const view = value && readableView(value);
    return view === undefined ? null : jobOf(view, reopened);
  };
}

/** Null for a job that is over, and is to stay so. */
export function jobOf(view: JobView, reopened: boolean): JobState | null {
  const wasOver = isFinal(view.status);
  if (wasOver && !reopened) return null;
  const createdMs = Date.parse(view.created_at);
  const job = submittedJob(submitOf(view), createdMs);
  return {
    ...job,
    round: (view.round ?? 0) + (wasOver ? 1 : 0),
    // Whatever was handed out before must not be taken for what a requeue hands out.
    issue: 1,
    startedAtMs: view.started_at === null ? null : Date.parse(view.started_at),
    workedMs: (view.duration_sec ?? 0) * 1_000,
    duplicateResults: view.duplicate_results,
    retries: view.retries,
  };
}

/** As it was submitted, as far as its view states; it is not published again. */
function submitOf(view: JobView): SubmitJob {
  const {
    job_id,
    tenant,
    kind,
    params,
    total_chunks: chunks,
    priority: lane,
    created_at: submitted_at,
    schedule_id,
    on_dead_chunk = 'fail',
    max_attempts,
    input,
    output,
    finish,
    at_once,
    max_failed,
    tags,
  } = view;
  return {
    v: 1,
    type: SubmitJob.shape.type.value,
    job_id,
    tenant,
    kind,
    params,
    chunks,
    lane,
    on_dead_chunk,
    submitted_at,
    ...timeLimitsOf(view),
    ...(max_attempts !== undefined && { max_attempts }),
    ...(schedule_id !== undefined && { schedule_id }),
    ...(input && { input }),
    ...(output && { output }),
    ...(finish && { finish }),
    ...(at_once !== undefined && { at_once }),
    ...(max_failed && { max_failed }),
    ...(tags && { tags }),
  };
}
