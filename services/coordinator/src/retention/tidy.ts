/**
 * Removes what nothing needs any more, again and again: once at the start, because no coordinator may have run for days, and then on a clock. Each coordinator does;
 * what one has removed the next does not find.
 */
import type { Logger } from '@manyhands/observe';
import { retainedMs } from '@manyhands/proto';

/** Sweeps in the time of one retention, and at least so often. */
const SWEEPS = 8;
const EVERY_MS_MAX = 600_000;

export abstract class Tidy {
  protected readonly retentionMs: number;
  protected readonly log: Logger;
  #sweeping: NodeJS.Timeout | undefined;

  constructor(retentionHours: number, log: Logger) {
    this.retentionMs = retainedMs(retentionHours);
    this.log = log;
  }

  /** Returns how much was removed. */
  abstract sweep(nowMs: number): Promise<number>;

  /** What was removed, for the log. */
  protected abstract whatOf(removed: number): string;

  /** Nest. */
  onApplicationBootstrap(): void {
    this.#sweeping = setInterval(() => void this.#trySweep(), Math.min(EVERY_MS_MAX, this.retentionMs / SWEEPS));
    void this.#trySweep();
  }

  /** Nest. */
  beforeApplicationShutdown(): void {
    clearInterval(this.#sweeping);
  }

  async #trySweep(): Promise<void> {
    try {
      const removed = await this.sweep(Date.now());
      if (removed > 0) this.log.info({ step: 'finish' }, `removed ${this.whatOf(removed)}`);
    } catch (error) {
      this.log.warn({ err: error, step: 'finish' }, `${this.whatOf(0)} could not be removed; the coordinator tries again`);
    }
  }
}
