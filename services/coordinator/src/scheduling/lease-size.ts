/**
 * How many chunks the next lease holds: one at first, then towards a target time, then fewer so that all slots end together.
 *
 * Invariant: at least 1; at most four times what was last seen to work, so one quick chunk cannot turn into an hour's lease.
 */
import { limits } from '@manyhands/proto';
import { heuristics } from './heuristics.ts';

export interface Pace {
  /** Chunks the next lease may hold. */
  size: number;
  /** Milliseconds one chunk takes, newest leases counting most; null before the first. */
  msPerChunk: number | null;
  /** Bound of `size`, because a larger lease was lost; it widens with each one that is answered. Absent: none. */
  sizeMax?: number;
}

export const PACE_AT_START: Pace = { size: 1, msPerChunk: null };

/** Below the clock's resolution a chunk counts as this long. */
const CHUNK_MS_MIN = 0.0005;

/** The pace after a lease of `chunks` chunks took `computeMs`. `concurrency`: so many of its kind share a thread. */
export function nextPace(pace: Pace, chunks: number, computeMs: number, concurrency = 1): Pace {
  if (chunks < 1) return pace;
  const seen = Math.max(computeMs / chunks, CHUNK_MS_MIN);
  const msPerChunk =
    pace.msPerChunk === null ? seen : pace.msPerChunk * heuristics.paceMemory + seen * (1 - heuristics.paceMemory);
  const target = Math.max(1, Math.floor(targetMs(concurrency) / msPerChunk));
  const size = Math.min(target, Math.max(pace.size, chunks * heuristics.growthMax));
  if (pace.sizeMax === undefined) return { size, msPerChunk };
  const sizeMax = pace.sizeMax * heuristics.widening;
  return {
    size: Math.min(size, Math.max(1, Math.floor(sizeMax))),
    msPerChunk,
    ...(sizeMax < limits.chunkCountMax && { sizeMax }),
  };
}

/** Of `concurrency` leases in a thread each has a part of its core, so each lasts as many times as long. */
function targetMs(concurrency: number): number {
  const { leaseTargetMs, waitingLeaseMs } = heuristics;
  return Math.max(leaseTargetMs, Math.min(leaseTargetMs * concurrency, waitingLeaseMs));
}

function floorMs(concurrency: number): number {
  const { leaseFloorMs, waitingFloorMs } = heuristics;
  return Math.max(leaseFloorMs, Math.min(leaseFloorMs * concurrency, waitingFloorMs));
}

/** The pace after a lease of `chunks` chunks was lost: perhaps it held too much, so the next hold half of it at most, and grow slowly. */
export function paceAfterLoss(pace: Pace, chunks: number): Pace {
  const sizeMax = Math.max(1, Math.floor(chunks / 2));
  return { ...pace, size: Math.min(pace.size, sizeMax), sizeMax: Math.min(pace.sizeMax ?? sizeMax, sizeMax) };
}

/**
 * Chunks for the next lease when `waiting` chunks are left for `slots` slots: half an even share at most, so the tail spreads; but not
 * so few that the lease is over in no time. `concurrency`: so many of its kind share a thread.
 */
export function leaseSize(pace: Pace, waiting: number, slots: number, concurrency = 1): number {
  const share = Math.ceil(waiting / (heuristics.tailParts * Math.max(1, slots)));
  const worthwhile = pace.msPerChunk === null ? 1 : Math.floor(floorMs(concurrency) / pace.msPerChunk);
  return Math.max(1, Math.min(pace.size, waiting, Math.max(share, worthwhile)));
}

/** Expected milliseconds of a lease of `chunks` chunks; null while nothing is measured. */
export function leaseMs(pace: Pace, chunks: number): number | null {
  return pace.msPerChunk === null ? null : pace.msPerChunk * chunks;
}

/**
 * Whether a job just submitted is likely over before a client could read it: then its first view waits a moment, and mostly is the last. A view of a job
 * that runs for two milliseconds costs as much as the job: a write, its flush to disk, and one message to every gateway.
 */
export function isBrief(pace: Pace, chunks: number, slots: number): boolean {
  return slots > 0 && pace.msPerChunk !== null && (pace.msPerChunk * chunks) / slots < heuristics.briefViewMs / 2;
}
