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
  #running: Promise<void> = Promise.resolve();
  #stopped = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(history: History, keptDays: number, log: Logger) {
    this.#history = history;
    this.#keptMs = keptDays * 24 * hourMs;
    this.#log = log;
  }

  onApplicationBootstrap(): void {
    this.#running = this.#round();
  }

  async onModuleDestroy(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  async #round(): Promise<void> {
    const removed = await this.prune(Date.now());
    if (this.#stopped) return;
    this.#timer = setTimeout(() => this.onApplicationBootstrap(), removed === BATCH_MAX ? pauseMs : hourMs);
  }

  /** Removes one batch, of each table, and states how many at most. */
  async prune(nowMs: number): Promise<number> {
    try {
      return await this.#history.forget(nowMs - this.#keptMs, BATCH_MAX);
    } catch (error) {
      this.#log.warn({ err: error }, 'old jobs could not be removed from history; metrics tries again');
      return 0;
    }
  }
}
