/** Commands into a job's mailbox. */
import { z } from 'zod';
import { JobId, KindName, Lane, ScheduleId, Tenant } from '../ids.ts';
import { limits } from '../limits.ts';

export const JsonObject = z.record(z.string(), z.json());

/** What to do when a chunk has used up its attempts: fail the job, or finish it with that chunk missing. */
export const DeadChunkPolicy = z.enum(['fail', 'continue']);

/** Step submit: one long computation handed in. Stored before the user gets 202. */
export const SubmitJob = z.object({
  v: z.literal(1),
  type: z.literal('SubmitJob'),
  job_id: JobId,
  tenant: Tenant,
  kind: KindName,
  params: JsonObject,
  chunks: z.int().min(1).max(limits.chunkCountMax),
  lane: Lane,
  on_dead_chunk: DeadChunkPolicy,
  /** ISO 8601, UTC. */
  submitted_at: z.iso.datetime(),
  /** The schedule that made this job; absent when a user submitted it. */
  schedule_id: ScheduleId.optional(),
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
