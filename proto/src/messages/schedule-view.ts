/** What users see of a schedule: the answer of `GET /v1/schedules/:id`. */
import { z } from 'zod';
import { JobId, KindName, Lane, ScheduleId } from '../ids.ts';
import { DeadChunkPolicy, JsonObject, SubmitJob, timeLimits } from './job-commands.ts';

/** `done`: it ran once, and there is nothing to come. */
export const ScheduleStatus = z.enum(['scheduled', 'paused', 'done']);
export type ScheduleStatus = z.infer<typeof ScheduleStatus>;

export const ScheduleView = z.object({
  schedule_id: ScheduleId,
  status: ScheduleStatus,
  run_at: z.iso.datetime().nullable(),
  cron: z.string().nullable(),
  time_zone: z.string().nullable(),
  /** Why it makes no jobs, though it is not paused. */
  halted: z.string().optional(),
  /** Null while paused or halted, and when done. */
  next_run_at: z.iso.datetime().nullable(),
  /** Null before the first run, and once its job has left. */
  last_run_at: z.iso.datetime().nullable(),
  last_job_id: JobId.nullable(),
  kind: KindName,
  params: JsonObject,
  chunks: z.int().min(1),
  priority: Lane,
  on_dead_chunk: DeadChunkPolicy,
  /** Absent where the system's limits hold. */
  max_attempts: SubmitJob.shape.max_attempts,
  ...timeLimits,
  created_at: z.iso.datetime(),
});
export type ScheduleView = z.infer<typeof ScheduleView>;
