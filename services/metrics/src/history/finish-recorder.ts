/**
 * Step finish, at its end: writes finished jobs to history, and counts each when it was not there before.
 *
 * Invariant: a job counts once in this process, however often its event comes.
 */
import type { SystemMetrics } from '../expose/system-metrics.ts';
import type { FinishedEvent, History } from './history.ts';

export class FinishRecorder {
  readonly #history: History;
  readonly #metrics: SystemMetrics;

  constructor(history: History, metrics: SystemMetrics) {
    this.#history = history;
    this.#metrics = metrics;
  }

  /** Resolves once the rows are on disk. */
  async record(events: readonly FinishedEvent[]): Promise<void> {
    for (const job of await this.#history.apply(events)) this.#metrics.countFinished(job);
  }
}
