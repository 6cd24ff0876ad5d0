/** The time limit of one request, beside the signal of its chunk. Invariant: once cleared, nothing of it stays: no timer, no listener. */
export class Deadline {
  readonly ms: number;
  readonly #outer: AbortSignal;
  readonly #timer: NodeJS.Timeout;
  readonly #cancel = (): void => this.#end(errorOf(this.#outer.reason));
  #reason: Error | undefined;
  #whenOver: (reason: Error) => void = () => {};
  isOver = false;

  constructor(ms: number, outer: AbortSignal) {
    this.ms = ms;
    this.#outer = outer;
    this.#timer = setTimeout(() => {
      this.isOver = true;
      this.#end(new Error('the time for its answer is over'));
    }, ms);
    if (outer.aborted) this.#cancel();
    else outer.addEventListener('abort', this.#cancel, { once: true });
  }

  /** Its chunk is to stop. */
  get isCancelled(): boolean {
    return this.#outer.aborted && !this.isOver;
  }

  /** `end` is called once, when the time is over or the chunk is to stop; at once when that was before. */
  whenOver(end: (reason: Error) => void): void {
    this.#whenOver = end;
    if (this.#reason !== undefined) end(this.#reason);
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#outer.removeEventListener('abort', this.#cancel);
  }

  #end(reason: Error): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#whenOver(reason);
  }
}

function errorOf(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('the chunk is to stop', { cause: reason });
}
