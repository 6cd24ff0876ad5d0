/** When the next heartbeat is due. Pure. */
const BEAT_MS_MIN = 1_000;

/** Milliseconds to wait: one interval after the last beat, or one second after it when something has changed. */
export function nextBeatMs(sinceLastMs: number, changed: boolean, intervalMs: number): number {
  return Math.max(0, (changed ? BEAT_MS_MIN : intervalMs) - sinceLastMs);
}
