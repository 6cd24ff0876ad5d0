/** Steps lease, compute and result: what the coordinator hands to a slot, and what comes back. */
import { z } from 'zod';
import { JobId, KindName, Lane, LeaseId, parseComputeLeaseId, Tenant, WorkerId } from '../ids.ts';
import { InputRef, StoredRef } from './artifact.ts';
import { JobOutput, JsonObject, timeLimits } from './job-commands.ts';
import { JsonText } from './json-text.ts';
import { decodeCarrying } from './wire.ts';

/** Any JSON value, of the task code's making: never looked into nor copied, so that it stays what it was. */
export const PartialJson = z.unknown();
export type PartialJson = z.infer<typeof PartialJson>;

/** One of what a merge joins: a partial, one that is stored as JSON, or lines, which are text or stored. */
export const MergeInput = z.object({
  id: LeaseId,
  partial: PartialJson.optional(),
  stored: StoredRef.optional(),
  text: z.string().optional(),
});
export type MergeInput = z.infer<typeof MergeInput>;

/** A lease's task: compute the chunks `[begin, end)` of `total`, or merge partials into one. */
export const LeaseTask = z.discriminatedUnion('op', [
  z.object({
    op: z.literal('compute'),
    begin: z.int().min(0),
    end: z.int().min(1),
    total: z.int().min(1),
    attempt: z.int().min(0),
  }),
  z.object({
    op: z.literal('merge'),
    /** In the order of their chunks when `output` of the lease is not absent. */
    inputs: z.array(MergeInput).min(1),
    /** What comes out is the answer: `finish` of the task code is run on it. */
    last: z.literal(true).optional(),
    attempt: z.int().min(0),
  }),
]);
export type LeaseTask = z.infer<typeof LeaseTask>;

/** Step lease: a span of chunks (or a merge) handed to one slot for a bounded time. Advisory, never exclusive. */
export const ComputeLease = z.object({
  v: z.literal(1),
  type: z.literal('ComputeLease'),
  job_id: JobId,
  tenant: Tenant,
  lease: LeaseId,
  kind: KindName,
  lane: Lane,
  /** Its job has had little of the slots yet: this lease overtakes those of grown jobs, and they make room for it. */
  young: z.literal(true).optional(),
  params: JsonObject,
  task: LeaseTask,
  /** As the job's: absent when it has none. */
  input: InputRef.optional(),
  output: JobOutput.optional(),
  /** Its chunks may end the worker that runs them: they ended a worker or a thread before, or ran beyond their time. It is run in a process of its own. */
  suspect: z.literal(true).optional(),
  ...timeLimits,
  /** Present once a worker handed it over in good order: how many deliveries before had no answer. The broker counts this copy from 1. */
  unanswered: z.int().min(0).optional(),
});
export type ComputeLease = z.infer<typeof ComputeLease>;

/** What a lease was about, repeated in its result so that a result explains itself to any owner. */
export const LeaseSubject = z.discriminatedUnion('op', [
  z.object({ op: z.literal('compute'), begin: z.int().min(0), end: z.int().min(1), attempt: z.int().min(0) }),
  z.object({ op: z.literal('merge'), inputs: z.array(LeaseId), attempt: z.int().min(0) }),
]);
export type LeaseSubject = z.infer<typeof LeaseSubject>;

export const WireError = z.object({
  code: z.string(),
  message: z.string().max(2000),
  retryable: z.boolean(),
  /** Milliseconds to wait at least before it is tried again; `limits.retryAfterMsMax` at most. */
  retry_after_ms: z.number().min(0).optional(),
});
export type WireError = z.infer<typeof WireError>;

const resultHead = {
  v: z.literal(1),
  job_id: JobId,
  lease: LeaseId,
  about: LeaseSubject,
  worker: WorkerId,
  slot: z.int().min(0),
  /** Which hand-over by the broker this was, from 1. */
  delivery: z.int().min(1),
};

/**
 * Step result: a lease was run. What it leaves stands for every chunk of the span that did not fail, and is absent when all failed: a `partial`, one that is
 * `stored` as JSON because it is large, or the lines of a job whose output is lines, as `text` or `stored`.
 */
export const LeaseComputed = z.object({
  ...resultHead,
  type: z.literal('LeaseComputed'),
  stored: StoredRef.optional(),
  /** Each line is one JSON value, and ended. */
  text: z.string().optional(),
  /** Of lines: `[begin, end, bytes]` of each gapless stretch of computed chunks, in order. Their bytes follow each other in `text` or `stored`. */
  segments: z.array(z.tuple([z.int().min(0), z.int().min(1), z.int().min(0)])).optional(),
  partial: z.instanceof(JsonText).optional(),
  failed: z.array(z.object({ chunk: z.int().min(0), error: WireError })),
  /** Spans of the lease that were not computed, because a chunk took the thread down or the lease made room for another: they go back. */
  left: z.array(z.tuple([z.int().min(0), z.int().min(1)])).optional(),
  /** Milliseconds in the slot. */
  compute_ms: z.number().min(0),
  /** Of them, those in which it waited for turns under rates, and those spent in `merge` of the task code; absent: hardly any. */
  paced_ms: z.number().min(0).optional(),
  merge_ms: z.number().min(0).optional(),
});
export type LeaseComputed = z.infer<typeof LeaseComputed>;

/** Step result: the lease as a whole could not be run (its worker was lost, or a merge failed). */
export const LeaseFailed = z.object({ ...resultHead, type: z.literal('LeaseFailed'), error: WireError });
export type LeaseFailed = z.infer<typeof LeaseFailed>;

export const LeaseResult = z.discriminatedUnion('type', [LeaseComputed, LeaseFailed]);
export type LeaseResult = z.infer<typeof LeaseResult>;

/** Reads a result, and not its partial. Throws `undecodable`. */
export function decodeResult(bytes: Uint8Array): LeaseResult {
  return decodeCarrying(LeaseResult, bytes, 'partial');
}

/** Stands where the name of a worker stands, in an answer that none gave. */
export const NO_WORKER = 'none';

/**
 * What a result that cannot be read counts as: its lease has failed, and is worth another try, because another worker may compute it the next time.
 * `undefined` when not even the lease's id can be.
 */
export function unreadableResult(jobId: string, lease: string, reason: string): LeaseFailed | undefined {
  if (!LeaseId.safeParse(lease).success) return undefined;
  const computes = parseComputeLeaseId(lease);
  return {
    v: 1,
    type: 'LeaseFailed',
    job_id: jobId,
    lease,
    // Which partials a merge was about only its lease states.
    about: computes ? { op: 'compute', ...computes } : { op: 'merge', inputs: [], attempt: 0 },
    worker: NO_WORKER,
    slot: 0,
    delivery: 1,
    error: { code: 'undecodable', message: `the result cannot be read: ${reason}`.slice(0, 2000), retryable: true },
  };
}

/** Step compute: how far a running lease is; core subject, not stored. */
export const LeaseProgress = z.object({
  v: z.literal(1),
  type: z.literal('LeaseProgress'),
  job_id: JobId,
  lease: LeaseId,
  worker: WorkerId,
  begin: z.int().min(0),
  end: z.int().min(1),
  /** Chunks of the span done so far. */
  done: z.int().min(0),
  /** How far the chunk at hand is, when its task code states it. */
  share: z.number().min(0).max(1).optional(),
});
export type LeaseProgress = z.infer<typeof LeaseProgress>;

/** Orders every worker to stop computing this job's leases, or one of them. Core subject: a worker that misses it computes a result that is ignored, no more. */
export const CancelLeases = z.object({
  v: z.literal(1),
  type: z.literal('CancelLeases'),
  job_id: JobId,
  /** Leases of this round and earlier ones; absent: 0. */
  round: z.int().min(1).optional(),
  /** The job is paused: its leases that come later are computed again. Absent: it is over. */
  for_now: z.literal(true).optional(),
  /** Only this lease, because another one on its span was answered first. */
  lease: LeaseId.optional(),
  /** Only leases up to this sequence of stream WORK: later ones may be those of another owner, who has let the job go on. Absent: all. */
  through: z.int().min(0).optional(),
});
export type CancelLeases = z.infer<typeof CancelLeases>;
