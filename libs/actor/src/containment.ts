/**
 * Decides what happens to one actor of which a step failed, so that no other actor is affected. Pure.
 *
 *   failed ──passing──▶ again, later and later, for as long as it takes
 *   failed ──unknown, tries ≤ triesMax──▶ again, later and later
 *   failed ──unknown, tries > triesMax──▶ set aside
 *
 * Invariant: every failure has an end or a next try. What is not known to pass by itself counts as lasting after a bounded number of tries, whatever
 * it is.
 */
export interface ContainmentLimits {
  /** Tries of a step after its first failure, unless the failure is known to pass. */
  triesMax: number;
  /** Milliseconds to the first try, doubling. */
  againMsFirst: number;
  againMsMax: number;
  /** An actor whose snapshots are lost so often in a row has another writer of its own, not of its partition. */
  conflictsMax: number;
}

export type Verdict = { do: 'again'; afterMs: number } | { do: 'set aside' };

/** `failures` so far, this one too; `passing`: it passes by itself, as when the server is away or full. */
export function verdictOf(failures: number, passing: boolean, limits: ContainmentLimits): Verdict {
  if (!passing && failures > limits.triesMax) return { do: 'set aside' };
  return { do: 'again', afterMs: Math.min(limits.againMsMax, limits.againMsFirst * 2 ** Math.min(failures - 1, 30)) };
}
