/**
 * What is still known of a job whose mailbox and saved state are gone, as the state that it is set aside from: step fold.
 *
 *   its view ──cannot be read──▶ the event of its last end ──there is none──▶ its id and its tenant
 *
 * Invariant: an end that users have seen stays, unless the job was to be run again. Where its view cannot be read, and so shows no end, a cancelled job stays cancelled, and any
 * other ends once more in the next round, so what was stored of the last one stays right.
 *
 * Reads the bucket of views, and stream EVENTS.
 */
import type { Salvage } from '@manyhands/actor';
import { lastStored } from '@manyhands/broker';
import type { Broker, Bucket } from '@manyhands/nats';
import {
  decode,
  eventSubjects,
  ifReadable,
  isFinal,
  JobFinished,
  keys,
  parseJobKey,
  SubmitJob,
  timeLimitsOf,
} from '@manyhands/proto';
import { submittedJob, type JobState } from '../job/state.ts';
import { unknownSubmit } from '../job/unknown-job.ts';
import { readableView } from '../progress/readable-view.ts';

/** What a view and the event of its end both state. */
type Told = JobFinished['job'];

/** `jobs` is the opened bucket of views. Null for a job that has no view at all. */
export function salvageFrom(broker: Broker, jobs: Bucket): Salvage<JobState | null> {
  return async (jobId, reopened) => {
    const entry = await jobs.get(keys.job('*', jobId));
    if (entry?.value === undefined) return null;
    const view = readableView(entry.value);
    if (view !== undefined) return jobOf(view, reopened);
    const { tenant } = parseJobKey(entry.key)!;
    const event = await lastStored(broker, 'events', eventSubjects.finishedOfJob(tenant, jobId));
    const told = event && ifReadable(() => decode(JobFinished, event.data));
    return told === undefined ? unknownJob(jobId, tenant, reopened) : endedAs(told.job);
  };
}

function unknownJob(jobId: string, tenant: string, reopened: boolean): JobState {
  const submit = unknownSubmit(jobId, tenant);
  return { ...submittedJob(submit, Date.parse(submit.submitted_at)), round: reopened ? 1 : 0 };
}

/** As the last thing that is known of the job is this end. */
export function endedAs(told: Told): JobState {
  const job = jobOf(told, true)!;
  return told.status === 'cancelled' ? { ...job, round: told.round ?? 0, status: 'cancelled' } : job;
}

/** Null for a job that is over, and is to stay so. */
export function jobOf(view: Told, reopened: boolean): JobState | null {
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
function submitOf(view: Told): SubmitJob {
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
    notify,
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
    ...(notify && { notify }),
  };
}
