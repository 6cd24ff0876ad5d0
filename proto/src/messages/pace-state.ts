/** Bucket pace: how far the calls under one rate are given out to workers. */
import { z } from 'zod';
import { limits } from '../limits.ts';

export const PaceState = z.object({
  v: z.literal(1),
  type: z.literal('PaceState'),
  /** As the task code calls it. */
  name: z.string().min(1),
  /** The rate that moved it last. */
  per_sec: z.number().min(limits.pacePerSecMin).max(limits.pacePerSecMax),
  /** When the next call is due, in milliseconds since the epoch by the clock of the server; what is due before is given out. */
  next_at_ms: z.number(),
});
export type PaceState = z.infer<typeof PaceState>;
