/**
 * How many chunks the next lease holds: one at first, then towards a target time, then fewer so that all slots end together.
 *
 * Invariant: at least 1; at most four times what was last seen to work, so one quick chunk cannot turn into an hour's lease.
 */
import { limits } from '@manyhands/proto';

export interface Pace {
  /** Chunks the next lease may hold. */
  size: number;
  /** Milliseconds one chunk takes, newest leases counting most; null before the first. */
  msPerChunk: number | null;
  /** Bound of `size`, because a larger lease was lost; it widens with each one that is answered. Absent: none. */
  sizeMax?: number;
}

export const PACE_AT_START: Pace = { size: 1, msPerChunk: null };

/** A lease of this length costs about a hundredth of its time in messages, and a dead worker loses no more than this. */
export const LEASE_TARGET_MS = 150;
const GROWTH_MAX = 4;
/** Below this a lease costs more in messages than it gains by running beside others. */
export const LEASE_FLOOR_MS = 5;
/** How much of the old measure survives a new one of equal weight. */
const MEMORY = 0.7;
/** Below the clock's resolution a chunk counts as this long. */
const CHUNK_MS_MIN = 0.0005;
/** How much the bound after a loss widens with each answer: it is twice as wide after 15. */
const WIDENING = 1.05;

/** The pace after a lease of `chunks` chunks took `computeMs`. */
export function nextPace(pace: Pace, chunks: number, computeMs: number): Pace {
  if (chunks < 1) return pace;
  const seen = Math.max(computeMs / chunks, CHUNK_MS_MIN);
  const msPerChunk = pace.msPerChunk === null ? seen : pace.msPerChunk * MEMORY + seen * (1 - MEMORY);
  const target = Math.max(1, Math.floor(LEASE_TARGET_MS / msPerChunk));
  const size = Math.min(target, Math.max(pace.size, chunks * GROWTH_MAX));
  if (pace.sizeMax === undefined) return { size, msPerChunk };
  const sizeMax = pace.sizeMax * WIDENING;
  return {
    size: Math.min(size, Math.max(1, Math.floor(sizeMax))),
    msPerChunk,
    ...(sizeMax < limits.chunkCountMax && { sizeMax }),
  };
}

/** The pace after a lease of `chunks` chunks was lost: perhaps it held too much, so the next hold half of it at most, and grow slowly. */
export function paceAfterLoss(pace: Pace, chunks: number): Pace {
  const sizeMax = Math.max(1, Math.floor(chunks / 2));
  return { ...pace, size: Math.min(pace.size, sizeMax), sizeMax: Math.min(pace.sizeMax ?? sizeMax, sizeMax) };
}

/**
 * Chunks for the next lease when `waiting` chunks are left for `slots` slots: half an even share at most, so the tail spreads; but not
 * so few that the lease is over in no time.
 */
export function leaseSize(pace: Pace, waiting: number, slots: number): number {
  const share = Math.ceil(waiting / (2 * Math.max(1, slots)));
  const worthwhile = pace.msPerChunk === null ? 1 : Math.floor(LEASE_FLOOR_MS / pace.msPerChunk);
  return Math.max(1, Math.min(pace.size, waiting, Math.max(share, worthwhile)));
}

/** Expected milliseconds of a lease of `chunks` chunks; null while nothing is measured. */
export function leaseMs(pace: Pace, chunks: number): number | null {
  return pace.msPerChunk === null ? null : pace.msPerChunk * chunks;
}
