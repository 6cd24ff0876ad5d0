/** The time limit of one request, beside the signal of its chunk. Invariant: once cleared, nothing of it stays: no timer, no listener. */
export class Deadline {
  readonly ms: number;
  readonly #abort = new AbortController();
  readonly #outer: AbortSignal;
  readonly #timer: NodeJS.Timeout;
  readonly #cancel = (): void => this.#abort.abort(this.#outer.reason);
  isOver = false;

  constructor(ms: number, outer: AbortSignal) {
    this.ms = ms;
    this.#outer = outer;
    this.#timer = setTimeout(() => {
      this.isOver = true;
      this.#abort.abort();
    }, ms);
    if (outer.aborted) this.#cancel();
    else outer.addEventListener('abort', this.#cancel, { once: true });
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Its chunk is to stop. */
  get isCancelled(): boolean {
    return this.#outer.aborted && !this.isOver;
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#outer.removeEventListener('abort', this.#cancel);
  }
}
