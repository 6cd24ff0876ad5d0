/** Commands into a job's mailbox. */
import { z } from 'zod';
import { JobId, KindName, Lane, ScheduleId, Tenant, TimerName } from '../ids.ts';
import { limits } from '../limits.ts';
import { InputRef } from './artifact.ts';
import { Notify } from './notify.ts';

/** An object a user sent, untouched: a schema that looked at each value would drop keys like `__proto__`, and recurse as deep as it is nested. */
export const JsonObject = z
  .custom<Record<string, unknown>>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    'must be an object',
  )
  .meta({ type: 'object' });

/** What to do when a chunk has used up its attempts: fail the job, or finish it with that chunk missing. */
export const DeadChunkPolicy = z.enum(['fail', 'continue']);

/** How long one chunk may run: asked to stop at the soft limit, ended at the hard one. Absent: `limits`. */
export const timeLimits = {
  soft_limit_sec: z.number().min(limits.timeLimitSecMin).max(limits.timeLimitSecMax).optional(),
  hard_limit_sec: z.number().min(limits.timeLimitSecMin).max(limits.timeLimitSecMax).optional(),
} as const;

/** The limits a job names, to put into its leases. */
export function timeLimitsOf({
  soft_limit_sec,
  hard_limit_sec,
}: Pick<SubmitJob, keyof typeof timeLimits>): Pick<SubmitJob, keyof typeof timeLimits> {
  return { ...(soft_limit_sec !== undefined && { soft_limit_sec }), ...(hard_limit_sec !== undefined && { hard_limit_sec }) };
}

/** What becomes of the values its chunks return: merged in any order (absent), merged with neighbours only, or each a line of the results. */
export const JobOutput = z.enum(['ordered', 'lines']);
export type JobOutput = z.infer<typeof JobOutput>;

/** Where the chunks of a job come from and what becomes of them, as its kind states. */
const shapes = {
  input: InputRef.optional(),
  output: JobOutput.optional(),
  /** The answer when there are no chunks. */
  empty: z.unknown().optional(),
  /** The merged answer goes through `finish` of the task code. */
  finish: z.literal(true).optional(),
} as const;

/** A name and a value that a user finds a job by. */
export const Tags = z
  .record(z.string().min(1).max(limits.tagCharsMax), z.string().max(limits.tagCharsMax))
  .refine((tags) => Object.keys(tags).length <= limits.tagsMax, `at most ${limits.tagsMax} tags`);
export type Tags = z.infer<typeof Tags>;

/** How many of its chunks may be dead before it fails: a number, or a share of all of them. */
export const MaxFailed = z.union([
  z.object({ count: z.int().min(0).max(limits.chunkCountMax) }),
  z.object({ share: z.number().min(0).max(1) }),
]);
export type MaxFailed = z.infer<typeof MaxFailed>;

/** What a user may bound and name beside how to try: each absent unless asked for. */
export const bounds = {
  /** Chunks computed at once, all workers together. */
  at_once: z.int().min(1).max(limits.atOnceMax).optional(),
  max_failed: MaxFailed.optional(),
  tags: Tags.optional(),
  notify: Notify.optional(),
} as const;

/** Step submit: one long computation. Stored before the user gets 202. */
export const SubmitJob = z.object({
  v: z.literal(1),
  type: z.literal('SubmitJob'),
  job_id: JobId,
  tenant: Tenant,
  kind: KindName,
  params: JsonObject,
  /** None at all only with `input` or `output`. */
  chunks: z.int().min(0).max(limits.chunkCountMax),
  lane: Lane,
  on_dead_chunk: DeadChunkPolicy,
  /** Runs of one chunk before it is dead; `limits.attemptsMax` when absent. */
  max_attempts: z.int().min(1).max(limits.attemptsMaxMax).optional(),
  ...timeLimits,
  ...shapes,
  ...bounds,
  /** Chunks of its kind that wait at once in one thread, as its registration states; absent: each has a thread. */
  concurrency: z.int().min(1).max(limits.concurrencyMax).optional(),
  /** It was taken from an account that is not trusted: its code runs inside bubblewrap alone, and waits where no worker has that. */
  confined: z.literal(true).optional(),
  /** ISO 8601, UTC. */
  submitted_at: z.iso.datetime(),
  /** The schedule that made this job; absent when a user submitted it. */
  schedule_id: ScheduleId.optional(),
  /** `traceparent` of the request that submitted it, where that is traced. */
  trace: z.string().max(64).optional(),
});
export type SubmitJob = z.infer<typeof SubmitJob>;

export const CancelJob = z.object({
  v: z.literal(1),
  type: z.literal('CancelJob'),
  job_id: JobId,
  tenant: Tenant,
  requested_at: z.iso.datetime(),
});
export type CancelJob = z.infer<typeof CancelJob>;

/** No new leases, and those handed out come back, until `ResumeJob`. Repeating either changes nothing. */
export const PauseJob = z.object({
  v: z.literal(1),
  type: z.literal('PauseJob'),
  job_id: JobId,
  tenant: Tenant,
  requested_at: z.iso.datetime(),
});
export type PauseJob = z.infer<typeof PauseJob>;

export const ResumeJob = z.object({
  v: z.literal(1),
  type: z.literal('ResumeJob'),
  job_id: JobId,
  tenant: Tenant,
  requested_at: z.iso.datetime(),
});
export type ResumeJob = z.infer<typeof ResumeJob>;

/** Chunks as spans `[begin, end)`. */
export const ChosenChunks = z
  .array(
    z
      .tuple([z.int().min(0).max(limits.chunkCountMax), z.int().min(1).max(limits.chunkCountMax)])
      .refine(([begin, end]) => begin < end, 'each span must end after it begins'),
  )
  .min(1)
  .max(limits.requeueSpansMax)
  .refine(
    (spans) => spans.reduce((sum, [begin, end]) => sum + end - begin, 0) <= limits.requeueChunksMax,
    `at most ${limits.requeueChunksMax} chunks`,
  );
export type ChosenChunks = z.infer<typeof ChosenChunks>;

/** Runs the dead chunks of a job again, and what a failed job never came to. `round` is the one it begins; any other changes nothing. */
export const RequeueJob = z.object({
  v: z.literal(1),
  type: z.literal('RequeueJob'),
  job_id: JobId,
  tenant: Tenant,
  round: z.int().min(1),
  /** Which of the dead chunks; absent: all. The others stay dead, unless the job fails with them: then all run again. */
  chunks: ChosenChunks.optional(),
  requested_at: z.iso.datetime(),
});
export type RequeueJob = z.infer<typeof RequeueJob>;

/** Core subject `control.delete`: what is stored of a job that is over is removed. Not in its mailbox, which goes with the rest. */
export const DeleteJob = z.object({
  v: z.literal(1),
  type: z.literal('DeleteJob'),
  job_id: JobId,
  tenant: Tenant,
});
export type DeleteJob = z.infer<typeof DeleteJob>;

/** The answer of a coordinator. `not over`: nothing was removed, because the job is to run; a requeue may have come a moment before. */
export const JobDeletion = z.object({
  v: z.literal(1),
  type: z.literal('JobDeletion'),
  outcome: z.enum(['deleted', 'missing', 'not over']),
});
export type JobDeletion = z.infer<typeof JobDeletion>;

/** Step retry: a timer the coordinator set has rung. One it no longer waits for changes nothing. */
export const TimerDue = z.object({
  v: z.literal(1),
  type: z.literal('TimerDue'),
  job_id: JobId,
  timer: TimerName,
  /** When it was to ring, milliseconds since the epoch. */
  at_ms: z.int().min(0),
});
export type TimerDue = z.infer<typeof TimerDue>;
