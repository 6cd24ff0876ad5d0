/**
 * How many leases to hold beyond the free slots. Pure.
 *
 * Long leases: none, so that a waiting lease goes to the first free worker. Short ones: enough to bridge the way to the broker and back.
 */
const BRIDGE_MS = 20;
const PER_SLOT_MAX = 64;
const RESULT_HOLD_MS = 2;
/** In so many portions is what is held beyond the free slots asked for. */
const PORTIONS = 4;

export function prefetchCount(slots: number, leaseMs: number | undefined): number {
  if (leaseMs === undefined || leaseMs >= BRIDGE_MS) return 0;
  return slots * Math.min(PER_SLOT_MAX, Math.ceil(BRIDGE_MS / Math.max(leaseMs, 0.01)));
}

/** Leases to ask for with `idle` free slots and `waiting` leases at hand: what keeps slots from idling at once, the rest in portions, so that many short leases cost few requests. */
export function roomFor(idle: number, prefetch: number, waiting: number): number {
  const free = idle + prefetch - waiting;
  return waiting >= idle && free * PORTIONS < prefetch ? Math.min(0, free) : free;
}

/**
 * Milliseconds a result may wait for others: a round trip's time, while leases at hand keep the slots busy for longer than that and each is over sooner.
 * So many results of tiny leases cost few messages, and the last one never waits.
 */
export function resultHoldMs(slots: number, leaseMs: number | undefined, waiting: number): number {
  if (leaseMs === undefined || leaseMs >= RESULT_HOLD_MS) return 0;
  return waiting * leaseMs >= slots * RESULT_HOLD_MS ? RESULT_HOLD_MS : 0;
}

/** The running mean of lease times, the newest weighing a fifth. */
export function nextMean(mean: number | undefined, sample: number): number {
  return mean === undefined ? sample : mean + (sample - mean) / 5;
}
