/**
 * Where the time of a job went, as its view carries it: sums, and a timeline of bounded size, however many chunks there are.
 *
 * Invariant: the parts add up to `ms`, the time from the submission to the newest message of the job, by the clock of the broker.
 */
import { z } from 'zod';
import { WorkerId } from '../ids.ts';

/** The parts, each with what it is; at any moment a job is in one of them. */
export const TIME_PARTS = {
  queued: 'waiting for the first slot',
  computing: 'computing',
  merging: 'merging partial results',
  pacing: 'waiting for a turn under a rate (pace)',
  at_once: 'waiting because of at_once',
  retrying: 'waiting to be tried again',
  leasing: 'waiting for a slot, or for messages',
  no_worker: 'no live worker could compute its kind',
  unanswered: 'leases that came to nothing',
  stopped: 'paused, or ended before it was requeued',
} as const;
export const TimePart = z.enum(Object.keys(TIME_PARTS) as [keyof typeof TIME_PARTS]);
export type TimePart = z.infer<typeof TimePart>;

/** A job that takes less is not slow. */
export const BRIEF_MS = 200;

/** A lease that took long. */
const SlowLease = z.object({
  begin: z.int().min(0),
  end: z.int().min(1),
  worker: WorkerId,
  slot: z.int().min(0),
  /** When it began, in milliseconds since the submission. */
  from_ms: z.int().min(0),
  took_ms: z.int().min(0),
});

/** What one slot did. */
const SlotRow = z.object({
  worker: WorkerId,
  slot: z.int().min(0),
  /** More than one: this row is of all slots for which there was no row of their own. */
  slots: z.int().min(2).optional(),
  busy_ms: z.int().min(0),
  chunks: z.int().min(0),
  /** A digit to the base of 36 for each stretch of `width_ms` from the submission on: how much of it the slot was busy, `z` for all of it. */
  busy: z.string().regex(/^[0-9a-z]*$/),
});

export const JobTiming = z.object({
  ms: z.int().min(0),
  /** Milliseconds of each; absent: 0. */
  parts: z.partialRecord(TimePart, z.int().min(0)),
  /** When the newest message was stored; `doing` is the part of the time since then. */
  at: z.iso.datetime(),
  doing: TimePart,
  /** Most live slots for its kind at a time. */
  slots: z.int().min(0),
  leases: z.int().min(0),
  /** Milliseconds of all slots together. */
  busy: z.object({ computing: z.int().min(0), merging: z.int().min(0), pacing: z.int().min(0) }),
  /** `[step, chunks]`: how many chunks took `2 ** (step / 4)` milliseconds, each as long as its lease took divided by the chunks of it. */
  chunk_times: z.array(z.tuple([z.int(), z.int().min(1)])),
  /** The longest first. */
  slowest: z.array(SlowLease),
  width_ms: z.int().min(1),
  rows: z.array(SlotRow),
});
export type JobTiming = z.infer<typeof JobTiming>;
