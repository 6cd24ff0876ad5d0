/** Finds out whether a thread computed for so long at a stretch that nothing else in it could go on. Pure. */

/** Between two looks. */
export const LOOK_MS = 1_000;
const STILL_MS = 1_000;

export class LoopWatch {
  #seenAtMs: number;
  #usedMs: number;

  constructor(nowMs: number, usedMs: number) {
    this.#seenAtMs = nowMs;
    this.#usedMs = usedMs;
  }

  /**
   * To be called every `LOOK_MS`, with the processor time that the thread has used: that it had no processor, or that its machine slept, does not count. Returns for
   * how long it computed when that was too long.
   */
  look(nowMs: number, usedMs: number): number | undefined {
    const lateMs = nowMs - this.#seenAtMs - LOOK_MS;
    const stillMs = Math.min(lateMs, usedMs - this.#usedMs);
    this.#seenAtMs = nowMs;
    this.#usedMs = usedMs;
    return stillMs >= STILL_MS ? stillMs : undefined;
  }
}
