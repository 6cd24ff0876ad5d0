/** Keeps history from growing forever: once an hour, jobs submitted too many days ago are removed. */
import type { Logger } from '@manyhands/observe';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import type { History } from './history.ts';

const hourMs = 3_600_000;
/** Rows removed at once: some milliseconds. */
const BATCH_MAX = 1_000;
const pauseMs = 100;

export class HistoryPruning implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #history: History;
  readonly #keptMs: number;
  readonly #log: Logger;
  #timer: NodeJS.Timeout | undefined;

  constructor(history: History, keptDays: number, log: Logger) {
    this.#history = history;
    this.#keptMs = keptDays * 24 * hourMs;
    this.#log = log;
  }

  onApplicationBootstrap(): void {
    const removed = this.prune(Date.now());
    this.#timer = setTimeout(() => this.onApplicationBootstrap(), removed === BATCH_MAX ? pauseMs : hourMs);
  }

  onModuleDestroy(): void {
    clearTimeout(this.#timer);
  }

  /** Removes one batch, and states how many. */
  prune(nowMs: number): number {
    try {
      return this.#history.forget(nowMs - this.#keptMs, BATCH_MAX);
    } catch (error) {
      this.#log.warn({ err: error }, 'old jobs could not be removed from history; metrics tries again');
      return 0;
    }
  }
}
