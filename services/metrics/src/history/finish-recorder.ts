/**
 * Step finish, at its end: writes each finished job to history, and counts it when it was not there before.
 *
 * Invariant: a job counts once in this process, however often its event comes.
 */
import type { JobFinished } from '@manyhands/proto';
import type { SystemMetrics } from '../expose/system-metrics.ts';
import type { History } from './history.ts';

export class FinishRecorder {
  readonly #history: History;
  readonly #metrics: SystemMetrics;

  constructor(history: History, metrics: SystemMetrics) {
    this.#history = history;
    this.#metrics = metrics;
  }

  /** Returns once the row is on disk. */
  record({ job }: JobFinished, sequence: number): void {
    if (this.#history.apply(job, sequence)) this.#metrics.countFinished(job);
  }
}
