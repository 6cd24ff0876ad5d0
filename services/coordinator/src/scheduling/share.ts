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
import { heuristics } from './heuristics.ts';
import { leaseMs } from './lease-size.ts';
import type { JobState } from '../job/state.ts';

/** A job among those of its kind and lane that are under way. All parts together are 1. */
export interface Share {
  /** The job's. */
  part: number;
  /** That of the tenant that has the least. */
  smallestPart: number;
  /** Milliseconds of the longest leases. */
  longestMs: number;
  /** Jobs of the same tenant, this one too. */
  jobsOfTenant: number;
}

export const ALONE: Share = { part: 1, smallestPart: 1, longestMs: heuristics.leaseTargetMs, jobsOfTenant: 1 };

/** Leases of at most `chunksMax` chunks a job may have outstanding. */
export function windowOf(
  { pace }: Pick<JobState, 'pace'>,
  slots: number,
  { part, smallestPart, longestMs }: Share,
  chunksMax = Number.POSITIVE_INFINITY,
  leasesMax = heuristics.boundedLeasesMax,
): number {
  const expectedMs = leaseMs(pace, Math.min(pace.size, chunksMax));
  const alone = heuristics.windowPerSlot * (expectedMs !== null && expectedMs < heuristics.shortLeaseMs ? 2 : 1) * slots;
  if (part === 1) return Math.max(2, alone, pace.size > chunksMax ? boundedWindow(expectedMs, slots, leasesMax) : 0);
  const longer = Math.min(heuristics.longerMax, Math.max(1, longestMs / Math.max(1, expectedMs ?? heuristics.leaseTargetMs)));
  return Math.min(
    Math.max(alone, heuristics.windowMax),
    Math.max(1, Math.round(part * Math.max(alone, 1 / smallestPart) * longer)),
  );
}

/** Leases that may not grow to a length that pays: only many of them at once keep the slots busy. */
function boundedWindow(expectedMs: number | null, slots: number, leasesMax: number): number {
  if (expectedMs === null) return 0;
  return Math.min(2 * heuristics.windowMax, slots * Math.min(leasesMax, Math.ceil(heuristics.boundedMs / expectedMs)));
}

export function isYoung({ pace, done }: Pick<JobState, 'pace' | 'done'>, slots: number, { jobsOfTenant }: Share): boolean {
  if (heuristics.youngMs === 0 || jobsOfTenant > Math.max(heuristics.youngJobsMax, 2 * slots)) return false;
  return pace.msPerChunk === null || done.size * pace.msPerChunk < heuristics.youngMs * Math.max(1, slots);
}
