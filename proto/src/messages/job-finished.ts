/** Step finish: a job reached its final state; one per job, read by metrics into SQL history. */
import { z } from 'zod';
import { JobId } from '../ids.ts';
import { limits } from '../limits.ts';
import { JobTiming } from './job-timing.ts';
import { JobView } from './job-view.ts';

/** The final view without the parts only a live page needs. */
export const JobFinished = z.object({
  v: z.literal(1),
  type: z.literal('JobFinished'),
  job: JobView.omit({ chunks: true, rate: true, eta_sec: true, timing: true }),
  /** Where its time went; absent where it took less than `BRIEF_MS`. */
  timing: JobTiming.optional(),
  /** `traceparent` of the request that submitted it, where that was traced. */
  trace: z.string().max(64).optional(),
});
export type JobFinished = z.infer<typeof JobFinished>;

/** Core subject `query.history`: which finished jobs of a tenant the gateway asks metrics for. Jobs are newest first by the time of submission. */
export const QueryHistory = z.object({
  v: z.literal(1),
  type: z.literal('QueryHistory'),
  /** Absent: of all tenants. */
  tenant: z.string().optional(),
  status: z.string().optional(),
  kind: z.string().optional(),
  /** Submitted at this time or later. */
  from: z.iso.datetime().optional(),
  /** Submitted before this time. */
  to: z.iso.datetime().optional(),
  /** With this tag, as `name=value`. */
  tag: z
    .string()
    .max(2 * limits.tagCharsMax + 1)
    .optional(),
  /** Failed with an error whose code or message contains this, whatever the case of its letters. */
  error: z.string().min(1).max(limits.searchCharsMax).optional(),
  /** Worked on for so many seconds or more. */
  longer_than: z.number().min(0).optional(),
  /** Worked on for less than so many seconds. */
  shorter_than: z.number().min(0).optional(),
  /** Submitted before the job with this id: the `next_cursor` of the page before. */
  before: JobId.optional(),
  /** Also how busy their slots were. */
  busy: z.literal(true).optional(),
  limit: z.int().min(1).max(limits.pageSizeMax),
});
export type QueryHistory = z.infer<typeof QueryHistory>;

/** Core subject `query.statistics`: what became of all finished jobs of a tenant. */
export const QueryStatistics = z.object({
  v: z.literal(1),
  type: z.literal('QueryStatistics'),
  tenant: z.string(),
  /** Jobs that run again after a requeue: how they ended before does not count. */
  without: z.array(JobId).max(limits.pageSizeMax),
});
export type QueryStatistics = z.infer<typeof QueryStatistics>;

/** How finished jobs ended. */
export const Outcomes = z.object({
  completed: z.int().min(0),
  failed: z.int().min(0),
  cancelled: z.int().min(0),
  /** Of completed jobs; null when there is none. */
  average_duration_sec: z.number().min(0).nullable(),
});

/** The answer of metrics. */
export const FinishedStatistics = z.object({
  v: z.literal(1),
  type: z.literal('FinishedStatistics'),
  ...Outcomes.shape,
  /** The same by kind. Absent: metrics is of a release that did not count them apart. */
  kinds: z.array(Outcomes.extend({ kind: z.string() })).optional(),
});
export type FinishedStatistics = z.infer<typeof FinishedStatistics>;

/** How busy the slots of one job were: all of them together, in milliseconds; and how many live ones its kind had, at most. */
const JobBusy = z.object({ job_id: JobId, busy_ms: z.int().min(0), slots: z.int().min(0) });

/** The answer of metrics: one page. It ends early where its jobs are large, so that it fits into one message. */
export const HistoryPage = z.object({
  v: z.literal(1),
  type: z.literal('HistoryPage'),
  jobs: z.array(JobFinished.shape.job),
  /** Where it was asked for: of those jobs of the page that were measured. Absent also where metrics is of a release that does not state it. */
  busy: z.array(JobBusy).optional(),
  next_cursor: JobId.nullable(),
});
export type HistoryPage = z.infer<typeof HistoryPage>;
