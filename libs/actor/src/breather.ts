/**
 * Lets the event loop turn between two turns of actors: a batch is as long as it is, but timers, sockets and other partitions wait for no more than
 * a few turns of it.
 */
const SLICE_MS = 15;

export class Breather {
  /** The turn of the event loop that runs now; undefined when nothing has asked in it. */
  #loopTurn: { readonly beganMs: number; readonly over: Promise<void> } | undefined;

  /** Undefined while there is time left; else what to wait for. */
  breath(): Promise<void> | undefined {
    const nowMs = performance.now();
    this.#loopTurn ??= {
      beganMs: nowMs,
      over: new Promise((resume) => setImmediate(() => ((this.#loopTurn = undefined), resume()))),
    };
    return nowMs - this.#loopTurn.beganMs < SLICE_MS ? undefined : this.#loopTurn.over;
  }
}
