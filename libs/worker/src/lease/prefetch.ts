/**
 * How many leases to hold beyond the free slots. Pure.
 *
 * Long leases: none, so that a waiting lease goes to whoever is free first. Short ones: enough to bridge the way to the broker and back.
 */
const BRIDGE_MS = 20;
const PER_SLOT_MAX = 64;

export function prefetchCount(slots: number, leaseMs: number | undefined): number {
  if (leaseMs === undefined || leaseMs >= BRIDGE_MS) return 0;
  return slots * Math.min(PER_SLOT_MAX, Math.ceil(BRIDGE_MS / Math.max(leaseMs, 0.01)));
}

/** The running mean of lease times, the newest weighing a fifth. */
export function nextMean(mean: number | undefined, sample: number): number {
  return mean === undefined ? sample : mean + (sample - mean) / 5;
}
