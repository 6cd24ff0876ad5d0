/**
 * Keeps requests away from a host that answers none of them.
 *
 *   closed ──failures in a row──▶ open ──its time is over──▶ probing ──answered──▶ closed
 *                                  ▲                            │
 *                                  └────────failed, or left─────┘
 *
 * Pure: the clock is an argument. Invariant: while it is open no request goes out, and while it is probing one does; each opening that follows a failed probe is
 * twice as long as the one before, up to `openMsMax`. What requests do that began before it opened changes nothing.
 *
 * docs/states.md has its table, and the tests walk it.
 */
export type Breaker =
  | { readonly is: 'closed'; readonly failures: number }
  | { readonly is: 'open'; readonly untilMs: number; readonly openings: number; readonly why: string }
  | {
      readonly is: 'probing';
      readonly pass: number;
      readonly sinceMs: number;
      readonly openings: number;
      readonly why: string;
    };

/** `left`: it ended without showing anything of the host, as by a cancel. */
export type Showing = 'answered' | 'failed' | 'left';

export const BREAKER = {
  failuresMax: 10,
  openMsFirst: 5_000,
  openMsMax: 300_000,
  /** A probe that has not ended by then is lost. Longer than any request may take. */
  probeMsMax: 400_000,
  /** While a probe is out, the others come back after that. */
  probeWaitMs: 2_000,
} as const;

export const CLOSED: Breaker = { is: 'closed', failures: 0 };

export type Leave = { goes: true; breaker: Breaker } | { goes: false; breaker: Breaker; waitMs: number; why: string };

/** Whether a request may go to the host now; `pass` is its own, for `settle`. */
export function ask(breaker: Breaker, pass: number, nowMs: number): Leave {
  if (breaker.is === 'closed') return { goes: true, breaker };
  const { openings, why } = breaker;
  if (breaker.is === 'open' && nowMs < breaker.untilMs) return { goes: false, breaker, waitMs: breaker.untilMs - nowMs, why };
  if (breaker.is === 'probing' && nowMs < breaker.sinceMs + BREAKER.probeMsMax)
    return { goes: false, breaker, waitMs: BREAKER.probeWaitMs, why };
  return { goes: true, breaker: { is: 'probing', pass, sinceMs: nowMs, openings, why } };
}

/** After the request of `pass` has ended. `why` it failed, as a sentence. */
export function settle(breaker: Breaker, pass: number, showing: Showing, nowMs: number, why = ''): Breaker {
  if (breaker.is === 'closed') {
    if (showing === 'left') return breaker;
    if (showing === 'answered') return breaker.failures === 0 ? breaker : CLOSED;
    const failures = breaker.failures + 1;
    return failures < BREAKER.failuresMax ? { is: 'closed', failures } : opened(1, nowMs, why);
  }
  if (breaker.is === 'open' || breaker.pass !== pass) return breaker;
  if (showing === 'answered') return CLOSED;
  if (showing === 'left') return { is: 'open', untilMs: nowMs, openings: breaker.openings, why: breaker.why };
  return opened(breaker.openings + 1, nowMs, why);
}

/** How long it stays open, the `openings`th time in a row. */
export function openMs(openings: number): number {
  return Math.min(BREAKER.openMsMax, BREAKER.openMsFirst * 2 ** Math.min(openings - 1, 30));
}

function opened(openings: number, nowMs: number, why: string): Breaker {
  return { is: 'open', untilMs: nowMs + openMs(openings), openings, why };
}
