/**
 * What part of the slots a job may have beside the others of its kind and lane: how many leases it keeps outstanding, and whether they overtake.
 *
 * Slots take leases in the order they were handed out, so jobs get slot time in proportion to what each has outstanding: leases times the time of
 * one. Alone, a job has a small multiple of the live slots. Beside others each tenant has an equal part, and each job an equal part of its
 * tenant's, whatever its size.
 *
 * A young job has had less than a second of the slots. Its leases overtake those of grown jobs, so a small job takes about as long behind a big one
 * as alone. Youth is a head start, not a share: it is over soon, slots leave a fifth to grown jobs meanwhile, and who has many jobs at once gets none.
 */
import { LEASE_TARGET_MS, leaseMs } from './lease-size.ts';
import type { JobState } from './state.ts';

/** A job among those of its kind and lane that are under way. All parts together are 1. */
export interface Share {
  /** The job's. */
  part: number;
  /** That of whoever has the least. */
  smallestPart: number;
  /** Milliseconds of the longest leases. */
  longestMs: number;
  /** Jobs of the same tenant, this one too. */
  jobsOfTenant: number;
}

export const ALONE: Share = { part: 1, smallestPart: 1, longestMs: LEASE_TARGET_MS, jobsOfTenant: 1 };

/** Leases shorter than this get twice the window, or slots would idle between them. */
const SHORT_LEASE_MS = 20;
/** Leases a slot has before it, and their milliseconds, where the operator bounds the chunks of a lease. */
const BOUNDED_LEASES_MAX = 64;
/**
 * The same for chunks that run again. They come one by one however many they are, and everybody else's messages wait behind theirs for the disk: with 64 small jobs took 2.8 times as long beside
 * a million chunks of which a tenth fail, with 8 less than twice.
 */
export const RETRIED_LEASES_MAX = 8;
const BOUNDED_MS = 4 * SHORT_LEASE_MS;
/** Leases of a job beside others: a bound for what a cancel finds, and for the memory of a job. */
export const WINDOW_MAX = 1_000;
/** Leases of a job alone, where many short ones are needed to keep the slots busy. */
export const SHORT_WINDOW_MAX = 2 * WINDOW_MAX;
/** Beyond so many times their own leases, jobs are not made up to for the longer leases of others. */
const LONGER_MAX = 16;
/** A second of a slot, for each live slot. */
export const YOUNG_MS = 1_000;
/** Who has more jobs than this, and than two for each slot, overtakes nobody. */
const YOUNG_JOBS_MAX = 8;

/** Leases of at most `chunksMax` chunks a job may have outstanding. */
export function windowOf(
  { pace }: Pick<JobState, 'pace'>,
  slots: number,
  { part, smallestPart, longestMs }: Share,
  chunksMax = Number.POSITIVE_INFINITY,
  leasesMax = BOUNDED_LEASES_MAX,
): number {
  const expectedMs = leaseMs(pace, Math.min(pace.size, chunksMax));
  const alone = (expectedMs !== null && expectedMs < SHORT_LEASE_MS ? 4 : 2) * slots;
  if (part === 1) return Math.max(2, alone, pace.size > chunksMax ? boundedWindow(expectedMs, slots, leasesMax) : 0);
  const longer = Math.min(LONGER_MAX, Math.max(1, longestMs / Math.max(1, expectedMs ?? LEASE_TARGET_MS)));
  return Math.min(Math.max(alone, WINDOW_MAX), Math.max(1, Math.round(part * Math.max(alone, 1 / smallestPart) * longer)));
}

/** Leases that may not grow to a length that pays: only many of them at once keep the slots busy. */
function boundedWindow(expectedMs: number | null, slots: number, leasesMax: number): number {
  return expectedMs === null ? 0 : Math.min(SHORT_WINDOW_MAX, slots * Math.min(leasesMax, Math.ceil(BOUNDED_MS / expectedMs)));
}

export function isYoung({ pace, done }: Pick<JobState, 'pace' | 'done'>, slots: number, { jobsOfTenant }: Share): boolean {
  if (jobsOfTenant > Math.max(YOUNG_JOBS_MAX, 2 * slots)) return false;
  return pace.msPerChunk === null || done.size * pace.msPerChunk < YOUNG_MS * Math.max(1, slots);
}
