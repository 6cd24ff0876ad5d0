/**
 * How long the chunk at hand has computed. Pure.
 *
 *   runs ──pause──▶ paused ──as many resumes as pauses──▶ runs          any ──another chunk is at hand──▶ runs from 0
 */
export class RunClock {
  #done = 0;
  #sinceMs = 0;
  #pausedMs = 0;
  #pauses = 0;
  #pausedAtMs = 0;

  /** A run begins. */
  begin(nowMs: number): void {
    this.#restart(0, nowMs);
  }

  /** `done`: how many chunks were over before the one at hand. */
  ranMs(done: number, nowMs: number): number {
    if (done !== this.#done) this.#restart(done, nowMs);
    return (this.#pauses > 0 ? this.#pausedAtMs : nowMs) - this.#sinceMs - this.#pausedMs;
  }

  pause(done: number, nowMs: number): void {
    if (done < this.#done) return;
    this.ranMs(done, nowMs);
    if (this.#pauses === 0) this.#pausedAtMs = nowMs;
    this.#pauses += 1;
  }

  /** Of a pause in the chunk after `done` others; one of a chunk that is over changes nothing. */
  resume(done: number, nowMs: number): void {
    if (done !== this.#done || this.#pauses === 0) return;
    this.#pauses -= 1;
    if (this.#pauses === 0) this.#pausedMs += nowMs - this.#pausedAtMs;
  }

  #restart(done: number, nowMs: number): void {
    this.#done = done;
    this.#sinceMs = nowMs;
    this.#pausedMs = 0;
    this.#pauses = 0;
  }
}
