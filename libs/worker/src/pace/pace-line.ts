/**
 * The calls of this worker that wait for their turn under one rate.
 *
 *   waiting ──a turn is taken for it, and due──▶ called          waiting ──aborted──▶ gone; its turn is the next one's
 *
 * Invariant: turns are used in the order in which they are due, each once, none before it is due and none later than `LATE_MS` after it: a process that was
 * stopped for a moment does not make up for it in a burst. A turn that no call uses is lost.
 */
import { LATE_MS } from './gcra.ts';

export interface Turns {
  firstAtMs: number;
  everyMs: number;
  count: number;
}

interface WaitingCall {
  resolve: (dueAtMs: number | undefined) => void;
}

export interface PaceLineOptions {
  perSec: number;
  /** Takes turns for as many calls as `wanted` returns when it comes to it. Never rejects. */
  take: (wanted: () => number) => Promise<Turns | 'none wanted' | 'closed'>;
  /** Nothing waits any more. */
  emptied: () => void;
}

export class PaceLine {
  readonly #options: PaceLineOptions;
  readonly #waiting: WaitingCall[] = [];
  /** When the turns that are taken are due, by the clock of this machine. */
  #turns: number[] = [];
  #taking = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: PaceLineOptions) {
    this.#options = options;
  }

  /** Resolves when the call is due, with the time; with undefined when `signal` aborts. `again`: it had its turn, but too late. */
  async wait(signal: AbortSignal, again: boolean): Promise<number | undefined> {
    if (signal.aborted) return undefined;
    const { promise, resolve } = Promise.withResolvers<number | undefined>();
    const call: WaitingCall = { resolve };
    if (again) this.#waiting.unshift(call);
    else this.#waiting.push(call);
    const leave = (): void => {
      const at = this.#waiting.indexOf(call);
      if (at < 0) return;
      this.#waiting.splice(at, 1);
      resolve(undefined);
      if (this.#waiting.length === 0) this.#empty();
    };
    signal.addEventListener('abort', leave, { once: true });
    this.#fill();
    return promise.finally(() => signal.removeEventListener('abort', leave));
  }

  #fill(): void {
    const inSecond = Math.max(1, Math.floor(this.#options.perSec));
    if (this.#taking || this.#turns.length >= this.#waiting.length || this.#turns.length > inSecond / 2) return;
    this.#taking = true;
    void this.#options
      .take(() => Math.min(inSecond, this.#waiting.length - this.#turns.length))
      .then((turns) => {
        this.#taking = false;
        if (turns === 'closed') return;
        for (let turn = 0; turns !== 'none wanted' && turn < turns.count; turn += 1)
          this.#turns.push(turns.firstAtMs + turn * turns.everyMs);
        this.#callDue();
      });
  }

  #callDue(): void {
    clearTimeout(this.#timer);
    const nowMs = Date.now();
    while (this.#turns.length > 0 && this.#turns[0]! <= nowMs) {
      const dueAtMs = this.#turns.shift()!;
      if (nowMs - dueAtMs <= LATE_MS) this.#waiting.shift()?.resolve(dueAtMs);
    }
    if (this.#waiting.length === 0) return this.#empty();
    if (this.#turns.length > 0) this.#timer = setTimeout(() => this.#callDue(), Math.ceil(this.#turns[0]! - nowMs));
    this.#fill();
  }

  #empty(): void {
    clearTimeout(this.#timer);
    // Nothing used them when they were due, and nothing may use them later than that.
    this.#turns = [];
    if (!this.#taking) this.#options.emptied();
  }
}
