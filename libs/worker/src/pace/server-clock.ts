/**
 * The clock of the server, read here: all workers take turns by it, whatever their own clocks show.
 *
 * Invariant: the difference is measured again every minute; of the measurements of the last minutes the one with the quickest answer counts, which is wrong by at
 * most half of what that answer took. Those from before the clock of this machine was set are of no use.
 */
const AGAIN_AFTER_MS = 60_000;
/** More than a clock that is only corrected gains in that time. */
const SET_BY_MS = 100;
const SAMPLES = 5;

interface Sample {
  tookMs: number;
  aheadMs: number;
}

export class ServerClock {
  readonly #ask: () => Promise<number>;
  #samples: Sample[] = [];
  #askedAtMs = Number.NEGATIVE_INFINITY;
  /** As it was when they were taken. */
  #startedAtMs = 0;
  #asking: Promise<void> | undefined;

  constructor(ask: () => Promise<number>) {
    this.#ask = ask;
  }

  /** Milliseconds that the server's clock is ahead of this machine's. Throws when the server does not answer and none is known. */
  async aheadMs(): Promise<number> {
    if (Math.abs(startedAtMs() - this.#startedAtMs) > SET_BY_MS) this.#samples = [];
    if (this.#samples.length === 0 || performance.now() - this.#askedAtMs > AGAIN_AFTER_MS) {
      this.#asking ??= this.#measure().finally(() => (this.#asking = undefined));
      // The old difference is good enough until there is a new one.
      if (this.#samples.length === 0) await this.#asking;
      else this.#asking.catch(() => undefined);
    }
    return this.#samples.reduce((best, sample) => (sample.tookMs < best.tookMs ? sample : best)).aheadMs;
  }

  async #measure(): Promise<void> {
    const samples: Sample[] = [];
    this.#startedAtMs = startedAtMs();
    while (samples.length < SAMPLES) {
      const [askedAtMs, since] = [Date.now(), performance.now()];
      const serverMs = await this.#ask();
      const tookMs = performance.now() - since;
      samples.push({ tookMs, aheadMs: serverMs - (askedAtMs + tookMs / 2) });
    }
    this.#samples = samples;
    this.#askedAtMs = performance.now();
  }
}

/** When the process started by the clock of this machine as it is now: that moves when the clock is set. */
function startedAtMs(): number {
  return Date.now() - performance.now();
}
