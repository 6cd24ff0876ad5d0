/**
 * Step finish, at its end: writes each finished job to history, and counts it when it was not there before.
 *
 * Always true: a job counts once in this process, however often its event comes.
 */
import { decode, JobFinished } from '@manyhands/proto';
import type { SystemMetrics } from '../expose/system-metrics.ts';
import type { History } from './history.ts';

export class FinishRecorder {
  readonly #history: History;
  readonly #metrics: SystemMetrics;

  constructor(history: History, metrics: SystemMetrics) {
    this.#history = history;
    this.#metrics = metrics;
  }

  /** Returns once the row is on disk. Throws `undecodable` for an event this release cannot read. */
  record(event: Uint8Array, sequence: number): void {
    const { job } = decode(JobFinished, event);
    if (this.#history.apply(job, sequence)) this.#metrics.countFinished(job);
  }
}
