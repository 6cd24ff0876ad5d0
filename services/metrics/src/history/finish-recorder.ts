/**
 * Step finish, at its end: writes finished jobs to history, and counts each when it was not there before.
 *
 * Invariant: a job counts once in this process, however often its event comes.
 */
import { readTraceparent } from '@manyhands/observe';
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
    const traces = new Map(events.map(({ job, trace }) => [job.job_id, readTraceparent(trace)?.traceId]));
    for (const job of await this.#history.apply(events)) this.#metrics.countFinished(job, traces.get(job.job_id));
  }
}
