/** The time, for what counts on its own: read inside markup or `$derived`, it ticks only while something shows it. */
import { createSubscriber } from 'svelte/reactivity';
import { present } from './server-time.ts';

class Clock {
  readonly #subscribe: () => void;
  readonly #read: () => number;

  constructor(everyMs: number, read: () => number) {
    this.#read = read;
    this.#subscribe = createSubscriber((update) => {
      const timer = setInterval(update, everyMs);
      return () => clearInterval(timer);
    });
  }

  /** Milliseconds since the epoch. */
  get now(): number {
    this.#subscribe();
    return this.#read();
  }

  /** Milliseconds on the clock that never jumps. */
  get elapsed(): number {
    this.#subscribe();
    return performance.now();
  }
}

/** Ticks each second, by the system's clock: what the times that it states are held against. */
export const clock = new Clock(1_000, present);
/** Ticks ten times a second, by the browser's clock: for what this page itself waits for. */
export const fastClock = new Clock(100, Date.now);
