/**
 * How long a connection has said nothing, and what follows from it.
 *
 *   fresh ──1.5 s──▶ ask ──3 s──▶ old ──8 s──▶ dead          any frame: fresh
 *
 * A page cannot see the pings of a WebSocket, and a connection whose other end is frozen, asleep or out of reach stays open. So the page
 * asks when nothing comes, and takes no answer for an answer.
 *
 * Invariant: time that the page itself did not run (its machine slept) makes it old at once, but never dead: it asks first.
 */
export interface Silence {
  silentMs: number;
  lookedAtMs: number;
}

export type Verdict = 'fresh' | 'ask' | 'old' | 'dead';

/** Milliseconds between two looks. */
export const lookEveryMs = 500;
const askMs = 1_500;
export const oldMs = 3_000;
const deadMs = 8_000;
/** A look so late means that the page stood still. */
const sleptMs = 5_000;

/** Something came. */
export function heardAt(nowMs: number): Silence {
  return { silentMs: 0, lookedAtMs: nowMs };
}

export function lookedAt({ silentMs, lookedAtMs }: Silence, nowMs: number): Silence {
  const passedMs = Math.max(0, nowMs - lookedAtMs);
  if (passedMs < sleptMs) return { silentMs: silentMs + passedMs, lookedAtMs: nowMs };
  return { silentMs: Math.max(silentMs, oldMs), lookedAtMs: nowMs };
}

export function verdictOf({ silentMs }: Silence): Verdict {
  if (silentMs < askMs) return 'fresh';
  if (silentMs < oldMs) return 'ask';
  return silentMs < deadMs ? 'old' : 'dead';
}
