/** Step log: one line that the task code of a job logged, in stream LOGS under `log.<tenant>.<job>`. Its id is its sequence there. */
import { z } from 'zod';
import { JobId, WorkerId } from '../ids.ts';
import { limits } from '../limits.ts';
import { JsonObject } from './job-commands.ts';

/** In rising order. */
export const LogLevel = z.enum(['debug', 'info', 'warn', 'error']);
export type LogLevel = z.infer<typeof LogLevel>;

export const LogLine = z.object({
  v: z.literal(1),
  type: z.literal('LogLine'),
  job_id: JobId,
  /** When the worker received it from the task code. */
  at: z.iso.datetime(),
  level: LogLevel,
  message: z.string().max(limits.logLineCharsMax),
  fields: JsonObject.optional(),
  /** Absent outside a chunk, as in a merge. */
  chunk: z.int().min(0).optional(),
  /** Which run of the chunk (or the merge) it was, from 1. */
  attempt: z.int().min(1),
  worker: WorkerId,
  slot: z.int().min(0),
});
export type LogLine = z.infer<typeof LogLine>;
