/**
 * Permits to ask for a large message: a few over all partitions of a process, so that the server never has more on its way than its buffers hold, however long this process is busy.
 *
 * Invariant: no more permits are out than there are; who waits is woken in turn.
 */
export const LARGE_PULLS_MAX = 4;

export class LargePulls {
  #free = LARGE_PULLS_MAX;
  readonly #waiting = new Set<() => void>();

  /** Whether there was one; if not, `wake` is called once when there may be. */
  take(wake: () => void): boolean {
    this.#waiting.delete(wake);
    if (this.#free > 0) {
      this.#free -= 1;
      return true;
    }
    this.#waiting.add(wake);
    return false;
  }

  give(): void {
    this.#free += 1;
    const [next] = this.#waiting;
    if (next === undefined) return;
    this.#waiting.delete(next);
    next();
  }

  /** Waits no more. */
  forget(wake: () => void): void {
    this.#waiting.delete(wake);
  }
}
