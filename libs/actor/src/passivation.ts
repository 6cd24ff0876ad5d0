/**
 * Chooses the activations to passivate: those idle for too long, and beyond the limit those idle the longest.
 *
 * Passivating is always safe: snapshot and journal rebuild the activation when its next message comes.
 */
export interface PassivationLimits {
  idleMsMax: number;
  activationsMax: number;
}

/** Those to passivate, idle the longest first. */
export function passivationsDue<Candidate extends { lastTurnAtMs: number }>(
  candidates: readonly Candidate[],
  nowMs: number,
  limits: PassivationLimits,
): Candidate[] {
  const idleLongestFirst = [...candidates].sort((a, b) => a.lastTurnAtMs - b.lastTurnAtMs);
  const surplus = candidates.length - limits.activationsMax;
  return idleLongestFirst.filter((candidate, index) => index < surplus || nowMs - candidate.lastTurnAtMs > limits.idleMsMax);
}
