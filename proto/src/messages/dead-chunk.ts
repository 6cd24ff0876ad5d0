/** A dead letter: chunks that used up their attempts, with what happened each time. Stored once per chunk and round, for a person. */
import { z } from 'zod';
import { JobId, KindName, Tenant, WorkerId } from '../ids.ts';
import { WireError } from './leases.ts';

/** One failed run of a chunk. */
export const FailedRun = z.object({
  /** From 1, within the round. */
  run: z.int().min(1),
  code: z.string(),
  message: z.string(),
  worker: WorkerId,
  /** ISO 8601, UTC. */
  at: z.iso.datetime(),
});
export type FailedRun = z.infer<typeof FailedRun>;

export const DeadChunk = z.object({
  v: z.literal(1),
  type: z.literal('DeadChunk'),
  job_id: JobId,
  tenant: Tenant,
  kind: KindName,
  /** The span `[begin, end)`, nearly always one chunk. */
  begin: z.int().min(0),
  end: z.int().min(1),
  /** How often the job had been requeued. */
  round: z.int().min(0),
  /** The last error, as a sentence about the chunk. */
  error: WireError,
  /** Oldest first; only the newest of a job with very many failures. */
  runs: z.array(FailedRun),
  died_at: z.iso.datetime(),
});
export type DeadChunk = z.infer<typeof DeadChunk>;
