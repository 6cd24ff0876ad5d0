/**
 * Which calls a worker takes of a rate that all workers share: the generic cell rate algorithm (GCRA) on times instead of counts. Pure.
 *
 *   free ──reserved──▶ given out up to a time ──that time comes near──▶ free
 *
 * Invariant: the calls of all reservations under one name are due at times that differ by the interval at least, so no second holds more calls than the rate
 * allows, and what was not called for is lost, not saved up. At most `AHEAD_MS` and a second's worth is given out before it is due, so a worker that
 * ends, or a job that is cancelled, leaves no long silence.
 */
import type { PaceState } from '@manyhands/proto';

/** How near what is given out must be before more is. */
export const AHEAD_MS = 500;
/** So long the answer of the server may take before the first call of a reservation is late. */
const ANSWER_MS = 20;
/** A call that is later than this is not made up for: it would come close to the next ones. So no second holds 5 % more than the rate. */
export const LATE_MS = 50;
/** So long a turn that is due is kept while no call waits, because timers are no more exact than that. */
export const KEPT_MS = 5;
/** So long ahead turns are given to a thread; with half of it left it asks for more. */
export const GIVEN_MS = 50;
/** Beyond what a rate can give out, and so much for clocks that differ, a time was written by a clock that was wrong. */
const CLOCKS_DIFFER_MS = 5_000;

export type Reservation =
  | { is: 'reserved'; firstAtMs: number; everyMs: number; count: number; nextAtMs: number }
  /** Enough is given out for now: look again after `inMs`. */
  | { is: 'later'; inMs: number };

/** For `wanted` calls at `perSec` a second; all times in milliseconds by the clock of the server. */
export function reserve(
  present: Pick<PaceState, 'next_at_ms' | 'per_sec'> | undefined,
  nowMs: number,
  perSec: number,
  wanted: number,
): Reservation {
  const everyMs = 1_000 / perSec;
  const firstAtMs = Math.max(nextAtMs(present, nowMs), nowMs + ANSWER_MS);
  const inMs = firstAtMs - nowMs - AHEAD_MS;
  if (inMs > 0) return { is: 'later', inMs };
  const count = Math.max(1, Math.min(wanted, Math.floor(perSec)));
  return { is: 'reserved', firstAtMs, everyMs, count, nextAtMs: firstAtMs + count * everyMs };
}

function nextAtMs(present: Pick<PaceState, 'next_at_ms' | 'per_sec'> | undefined, nowMs: number): number {
  if (present === undefined) return nowMs;
  const { next_at_ms: nextMs, per_sec: perSec } = present;
  const possibleMs = AHEAD_MS + ANSWER_MS + Math.max(1_000, 1_000 / perSec) + CLOCKS_DIFFER_MS;
  return nextMs - nowMs > possibleMs ? nowMs : nextMs;
}
