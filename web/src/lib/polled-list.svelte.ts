/**
 * The beginning of a list that only REST knows: read again every few seconds while somebody looks, and after each change made here.
 *
 * Invariant: one change at a time; what is shown is what the last answer said, never what a change was meant to do.
 */
import { limits } from '@manyhands/proto/limits';
import type { ListPage } from './api.ts';
import { sentenceOf } from './api-problem.ts';

/** Items asked for at first, and at most. */
const pageSizes = { first: 50, most: limits.pageSizeMax as number };

export class PolledList<T> {
  /** Null before the first answer. */
  items = $state.raw<T[] | null>(null);
  /** Whether there are more than are shown. */
  more = $state(false);
  problem = $state<string | null>(null);
  /** What is being changed. */
  busy = $state<string | null>(null);

  #size = $state(0);
  #watched = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #reading: AbortController | null = null;

  constructor(
    readonly fetchPage: (limit: number, signal: AbortSignal) => Promise<ListPage<T>>,
    readonly everyMs = 5_000,
    readonly sizes = pageSizes,
  ) {
    this.#size = sizes.first;
  }

  /** Whether `showMore` shows more. */
  get growable(): boolean {
    return this.more && this.#size < this.sizes.most;
  }

  get size(): number {
    return this.#size;
  }

  /** Reads now, and from then on every few seconds. Returns how to stop. */
  start(): () => void {
    this.#watched = true;
    void this.#read();
    return () => this.stop();
  }

  stop(): void {
    this.#watched = false;
    this.#giveUp();
  }

  showMore(): Promise<void> {
    this.#size = this.sizes.most;
    return this.#read();
  }

  /** Carries out a change, then reads again. Throws what the change throws. */
  async change(id: string, change: () => Promise<unknown>): Promise<void> {
    this.busy = id;
    try {
      await change();
      await this.#read();
    } finally {
      this.busy = null;
    }
  }

  /** A reading that is on its way is given up for the new one. */
  async #read(): Promise<void> {
    this.#giveUp();
    if (!this.#watched) return;
    const reading = new AbortController();
    this.#reading = reading;
    try {
      const page = await this.fetchPage(this.#size, reading.signal);
      if (reading.signal.aborted) return;
      this.items = page.items;
      this.more = page.more;
      this.problem = null;
    } catch (error) {
      if (reading.signal.aborted) return;
      this.problem = sentenceOf(error);
    }
    this.#timer = setTimeout(() => void this.#read(), this.everyMs);
  }

  #giveUp(): void {
    this.#reading?.abort();
    clearTimeout(this.#timer);
  }
}
