/** All that SQL history keeps of one job, asked of metrics by a gateway. */
import { z } from 'zod';
import { JobId } from '../ids.ts';
import { DeadChunk } from './dead-chunk.ts';
import { JobTiming } from './job-timing.ts';
import { JobFinished } from './job-finished.ts';
import { JobStatus } from './job-view.ts';
import { WireError } from './leases.ts';
import { LogLine } from './log-line.ts';

/** Core subject `query.kept`. */
export const QueryKeptJob = z.object({
  v: z.literal(1),
  type: z.literal('QueryKeptJob'),
  tenant: z.string(),
  job_id: JobId,
});
export type QueryKeptJob = z.infer<typeof QueryKeptJob>;

/** How one round of a job ended: the first is 0, and each requeue begins another. */
const KeptRound = z.object({
  round: z.int().min(0),
  status: JobStatus,
  error: WireError.nullable(),
  detail: z.string().nullable(),
  completed_chunks: z.int().min(0),
  failed_chunks: z.int().min(0),
  retries: z.int().min(0),
  finished_at: z.iso.datetime().nullable(),
  duration_sec: z.number().min(0).nullable(),
});

/** The answer of metrics. */
export const KeptJob = z.object({
  v: z.literal(1),
  type: z.literal('KeptJob'),
  /** Null when history has no such job of this tenant. */
  job: JobFinished.shape.job.nullable(),
  /** Where the time of its newest round went. */
  timing: JobTiming.optional(),
  rounds: z.array(KeptRound),
  /** The newest of its dead chunks, oldest first. */
  failures: z.array(DeadChunk.pick({ begin: true, end: true, round: true, error: true, runs: true, died_at: true })),
  /** The newest lines of its log, oldest first. */
  lines: z.array(LogLine.pick({ at: true, level: true, message: true, chunk: true, attempt: true, worker: true })),
  /** Dead chunks and lines that are kept, also where they are too many to be shown. */
  failure_count: z.int().min(0),
  line_count: z.int().min(0),
});
export type KeptJob = z.infer<typeof KeptJob>;
