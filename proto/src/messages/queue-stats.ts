/** How much waits where, and how fast it goes: the value of bucket stats. */
import { z } from 'zod';
import { KindName, Lane } from '../ids.ts';

export const QueueDepth = z.object({
  kind: KindName,
  lane: Lane,
  /** Leases waiting for a slot. */
  waiting: z.int().min(0),
  /** Leases handed to a slot and not settled. */
  in_flight: z.int().min(0),
  redelivered: z.int().min(0),
});
export type QueueDepth = z.infer<typeof QueueDepth>;

/** Bucket stats, key `queues`: written once a second by metrics. */
export const QueueStats = z.object({
  v: z.literal(1),
  type: z.literal('QueueStats'),
  at: z.iso.datetime(),
  queues: z.array(QueueDepth),
  /** Mailbox messages not yet consumed by a coordinator. */
  mailbox_waiting: z.int().min(0),
  dead_letters: z.int().min(0),
  /** Jobs by status, among those in the jobs bucket. */
  jobs: z.record(z.string(), z.int().min(0)),
  /** Chunks counted per second over the last few seconds, all workers together. */
  chunks_per_sec: z.number().min(0),
  /** Jobs finished since metrics started. */
  jobs_finished: z.int().min(0),
});
export type QueueStats = z.infer<typeof QueueStats>;
