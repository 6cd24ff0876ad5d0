/**
 * A clock that only moves when ordered to, with timers that fire as it passes them, in order.
 */
export interface FakeClock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Moves forward, firing every timer that falls due, each at its own time. */
  advance(ms: number): void;
  /** Calls back once the clock has moved this far. Returns how to cancel. */
  after(ms: number, due: () => void): () => void;
}

export function createFakeClock(startMs = Date.UTC(2026, 0, 1)): FakeClock {
  let nowMs = startMs;
  let timers: { atMs: number; due: () => void }[] = [];

  return {
    now: () => nowMs,
    advance(ms) {
      const untilMs = nowMs + ms;
      for (;;) {
        const [next] = timers.filter((timer) => timer.atMs <= untilMs).sort((a, b) => a.atMs - b.atMs);
        if (next === undefined) break;
        timers = timers.filter((timer) => timer !== next);
        nowMs = Math.max(nowMs, next.atMs);
        next.due();
      }
      nowMs = untilMs;
    },
    after(ms, due) {
      const timer = { atMs: nowMs + ms, due };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
  };
}
