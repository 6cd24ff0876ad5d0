/** The time, for what counts on its own: read inside markup or `$derived`, it ticks only while something shows it. */
import { createSubscriber } from 'svelte/reactivity';

class Clock {
  readonly #subscribe: () => void;

  constructor(everyMs: number) {
    this.#subscribe = createSubscriber((update) => {
      const timer = setInterval(update, everyMs);
      return () => clearInterval(timer);
    });
  }

  /** Milliseconds since the epoch. */
  get now(): number {
    this.#subscribe();
    return Date.now();
  }

  /** Milliseconds on the clock that never jumps. */
  get elapsed(): number {
    this.#subscribe();
    return performance.now();
  }
}

/** Ticks each second. */
export const clock = new Clock(1_000);
/** Ticks ten times a second. */
export const fastClock = new Clock(100);
