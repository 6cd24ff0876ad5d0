/** Chunks a second over time, from answered leases: each is taken to have done its chunks evenly while it was computed. Pure. */
import type { AnsweredLease } from '@manyhands/proto/answered-leases';
import type { LaneWindow } from './lane-window.ts';

/**
 * Chunks done a second in each of so many equal parts of the window. Not in it: merges, what did not count, and leases that were returned half done, because
 * how much of them was done is not in them.
 */
export function ratesOf(leases: readonly AnsweredLease[], window: Pick<LaneWindow, 'fromMs' | 'toMs'>, parts: number): number[] {
  const partMs = (window.toMs - window.fromMs) / parts;
  const done = Array.from({ length: parts }, () => 0);
  for (const { op, outcome, begin, end, failed_chunks: failed, from_ms: fromMs, took_ms: tookMs } of leases) {
    if (op === 'merge' || (outcome !== 'computed' && outcome !== 'failed')) continue;
    const [from, to] = [fromMs - window.fromMs, fromMs + Math.max(1, tookMs) - window.fromMs];
    const perMs = (end - begin - failed) / (to - from);
    const last = Math.min(parts, Math.ceil(to / partMs));
    for (let part = Math.max(0, Math.floor(from / partMs)); part < last; part += 1)
      done[part]! += perMs * (Math.min(to, (part + 1) * partMs) - Math.max(from, part * partMs));
  }
  return done.map((chunks) => (1_000 * Math.max(0, chunks)) / partMs);
}

/** The area under rates, in a box as wide as there are rates and one high, whose top is `most`. */
export function areaOf(rates: readonly number[], most: number): string {
  const steps = rates.map((rate, at) => `V${(1 - rate / most).toFixed(3)}H${at + 1}`);
  return `M0 1${steps.join('')}V1Z`;
}
