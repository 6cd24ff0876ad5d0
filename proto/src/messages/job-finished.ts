/** Step finish: a job reached its final state; one per job, read by metrics into SQL history. */
import { z } from 'zod';
import { JobId } from '../ids.ts';
import { limits } from '../limits.ts';
import { JobView } from './job-view.ts';

/** The final view without the parts only a live page needs. */
export const JobFinished = z.object({
  v: z.literal(1),
  type: z.literal('JobFinished'),
  job: JobView.omit({ chunks: true, rate: true, eta_sec: true }),
});
export type JobFinished = z.infer<typeof JobFinished>;

/** Core subject `query.history`: which finished jobs of a tenant the gateway asks metrics for. Jobs are newest first by the time of submission. */
export const QueryHistory = z.object({
  v: z.literal(1),
  type: z.literal('QueryHistory'),
  tenant: z.string(),
  status: z.string().optional(),
  kind: z.string().optional(),
  /** Submitted at this time or later. */
  from: z.iso.datetime().optional(),
  /** Submitted before this time. */
  to: z.iso.datetime().optional(),
  /** Submitted before the job with this id: the `next_cursor` of the page before. */
  before: JobId.optional(),
  limit: z.int().min(1).max(limits.pageSizeMax),
});
export type QueryHistory = z.infer<typeof QueryHistory>;

/** The answer of metrics: one page. It ends early where its jobs are large, so that it fits into one message. */
export const HistoryPage = z.object({
  v: z.literal(1),
  type: z.literal('HistoryPage'),
  jobs: z.array(JobFinished.shape.job),
  next_cursor: JobId.nullable(),
});
export type HistoryPage = z.infer<typeof HistoryPage>;
