/**
 * Chunks per second of all workers together, from the counters in their heartbeats. Pure.
 *
 * A worker counts since it started; what it did within the window is its newest count minus the one at the window's beginning.
 * A worker seen for the first time adds nothing yet: its count may be of last week.
 */
export interface CountSample {
  atMs: number;
  /** Chunks since the worker started. */
  chunksDone: number;
}

/** Long enough to hold two heartbeats, short enough that an idle system shows zero soon. */
export const RATE_WINDOW_MS = 7_000;

/** The samples still needed after one more: those within the window, and the newest before it. */
export function addSample(samples: readonly CountSample[], sample: CountSample, windowMs = RATE_WINDOW_MS): CountSample[] {
  const last = samples.at(-1);
  // A smaller count is another process under the same id.
  const kept = last && sample.chunksDone < last.chunksDone ? [] : samples;
  const beginMs = sample.atMs - windowMs;
  const firstWithin = kept.findIndex(({ atMs }) => atMs >= beginMs);
  const from = firstWithin < 0 ? kept.length - 1 : firstWithin - 1;
  return [...kept.slice(Math.max(0, from)), sample];
}

/** Chunks per second of one worker; 0 when it has sent nothing within the window. */
export function rateOf(samples: readonly CountSample[], nowMs: number, windowMs = RATE_WINDOW_MS): number {
  const first = samples.at(0);
  const last = samples.at(-1);
  if (!first || !last || last.atMs <= first.atMs || nowMs - last.atMs > windowMs) return 0;
  return ((last.chunksDone - first.chunksDone) / (last.atMs - first.atMs)) * 1_000;
}
