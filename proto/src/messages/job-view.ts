/**
 * Step progress: what a user sees of a job. One JSON document; the same bytes sit in KV, go over WebSocket and SSE, and
 * answer `GET /v1/jobs/:id`.
 *
 *   pending ──▶ running ⇄ paused ──▶ completed | failed | cancelled        (docs/states.md)
 *      └───────────────────────────────────────▶ failed | cancelled
 */
import { z } from 'zod';
import { JobId, KindName, Lane, ScheduleId, Tenant } from '../ids.ts';
import { InputRef, StoredRef } from './artifact.ts';
import { bounds, DeadChunkPolicy, JobOutput, JsonObject, SubmitJob, timeLimits, timeLimitsOf } from './job-commands.ts';
import { JobTiming } from './job-timing.ts';
import { PartialJson, WireError } from './leases.ts';

export const JOB_STATUSES = ['pending', 'running', 'paused', 'completed', 'failed', 'cancelled'] as const;
export const JobStatus = z.enum(JOB_STATUSES);
export type JobStatus = z.infer<typeof JobStatus>;

/** Whether a job in this state can still change. */
export function isFinal(status: JobStatus): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled';
}

/** Half-open `[begin, end)`. */
export const Interval = z.tuple([z.int().min(0), z.int().min(1)]);
export type Interval = z.infer<typeof Interval>;

export const JobView = z.object({
  job_id: JobId,
  tenant: Tenant,
  kind: KindName,
  params: JsonObject,
  priority: Lane,
  status: JobStatus,
  /** 0 to 1: completed plus failed chunks over all, and what running leases report in between. Never goes back. */
  progress: z.number().min(0).max(1),
  completed_chunks: z.int().min(0),
  failed_chunks: z.int().min(0),
  total_chunks: z.int().min(0),
  /** A sentence about the state, for people; null when there is none. */
  detail: z.string().nullable(),
  error: WireError.nullable(),
  created_at: z.iso.datetime(),
  started_at: z.iso.datetime().nullable(),
  finished_at: z.iso.datetime().nullable(),
  /** Seconds it was worked on: from its start to its end (or to this view while running), without pauses, the time without a worker that can compute its kind, and the time between an end and a requeue. */
  duration_sec: z.number().min(0).nullable(),
  /** Chunks per second of `duration_sec`; null before the first result. */
  rate: z.number().min(0).nullable(),
  /** Seconds left at this rate; null when unknown: before the first result, while it is paused, while no worker can compute its kind, and at its end. */
  eta_sec: z.number().min(0).nullable(),
  /** Results that were not counted because their chunks were already done. */
  duplicate_results: z.int().min(0),
  /** Chunk runs beyond the first. */
  retries: z.int().min(0),
  /** How often its dead chunks were requeued; absent: never. */
  round: z.int().min(1).optional(),
  /** Chunk map: sorted, disjoint. Chunks in none of these are waiting. `coarse` when neighbours were joined to keep it small. */
  chunks: z.object({ done: z.array(Interval), leased: z.array(Interval), failed: z.array(Interval), coarse: z.boolean() }),
  /** Chunks counted by each worker, by worker id. */
  workers: z.record(z.string(), z.int().min(0)),
  /** How it was asked to be tried, so that it can be run again in the same way; each absent: the usual. */
  on_dead_chunk: DeadChunkPolicy.optional(),
  max_attempts: SubmitJob.shape.max_attempts,
  ...timeLimits,
  ...bounds,
  input: InputRef.optional(),
  output: JobOutput.optional(),
  finish: SubmitJob.shape.finish,
  /** The lines it left, once it is over: `GET /v1/jobs/:id/results`. */
  results: z.object({ bytes: z.int().min(0) }).optional(),
  /** Where its time went; absent: it has not begun, or is of an earlier release. */
  timing: JobTiming.optional(),
  /** Its answer is too large for a view, so `result` is null: `GET /v1/jobs/:id/result`. */
  stored: StoredRef.optional(),
  /** The schedule that made this job; absent when a user submitted it. */
  schedule_id: ScheduleId.optional(),
  /** The answer, once completed: any JSON value, and the last field in the bytes, so that all others can be read without it. */
  result: PartialJson.nullable(),
});
export type JobView = z.infer<typeof JobView>;

/** What a submission states of its shape and of how hard to try, as far as it is not the usual: the fields of a view. */
export function tryingOf(
  submit: SubmitJob,
): Pick<
  JobView,
  'on_dead_chunk' | 'max_attempts' | 'input' | 'output' | 'finish' | keyof typeof bounds | keyof typeof timeLimits
> {
  const { input, output, finish, at_once, max_failed, tags, notify } = submit;
  return {
    ...(input && { input }),
    ...(output && { output }),
    ...(finish && { finish }),
    ...(at_once !== undefined && { at_once }),
    ...(max_failed && { max_failed }),
    ...(tags && { tags }),
    ...(notify && { notify }),
    ...(submit.on_dead_chunk !== 'fail' && { on_dead_chunk: submit.on_dead_chunk }),
    ...(submit.max_attempts !== undefined && { max_attempts: submit.max_attempts }),
    ...timeLimitsOf(submit),
  };
}

/** The view of a job that is stored but that no coordinator has picked up yet. */
export function pendingView(submit: SubmitJob): JobView {
  return {
    job_id: submit.job_id,
    tenant: submit.tenant,
    kind: submit.kind,
    params: submit.params,
    priority: submit.lane,
    status: 'pending',
    progress: 0,
    completed_chunks: 0,
    failed_chunks: 0,
    total_chunks: submit.chunks,
    detail: 'Waiting for a coordinator.',
    error: null,
    created_at: submit.submitted_at,
    started_at: null,
    finished_at: null,
    duration_sec: null,
    rate: null,
    eta_sec: null,
    duplicate_results: 0,
    retries: 0,
    chunks: { done: [], leased: [], failed: [], coarse: false },
    workers: {},
    ...tryingOf(submit),
    ...(submit.schedule_id !== undefined && { schedule_id: submit.schedule_id }),
    result: null,
  };
}
