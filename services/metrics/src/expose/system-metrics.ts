/**
 * The system's metrics as Prometheus text: gauges as of the last round of the collector, counters since this process started.
 *
 * Invariant: a lane that is gone leaves the text; no label holds an id.
 */
import type { QueueReport } from '../collect/report-queues.ts';
import { coordinatorMetric, createRegistry, METRICS } from '@manyhands/observe';
import type { JobStatus } from '@manyhands/proto';
import type { WorkerTotals } from '../collect/live-workers.ts';
import type { FinishedJob } from '../history/job-row.ts';

export interface SystemFacts {
  report: QueueReport;
  jobs: Record<JobStatus, number>;
  totals: WorkerTotals;
  /** What coordinators count, by name: sums that never fall. */
  counts: ReadonlyMap<string, number>;
  stuckPartitions: number;
}

export class SystemMetrics {
  readonly #registry = createRegistry('metrics', { processMetrics: true });
  readonly #workers = this.#registry.gauge(METRICS.workers);
  readonly #slots = this.#registry.gauge(METRICS.slots);
  readonly #lanes = [
    ['waiting', this.#registry.gauge(METRICS.leasesWaiting)],
    ['in_flight', this.#registry.gauge(METRICS.leasesInFlight)],
    ['redelivered', this.#registry.gauge(METRICS.leasesRedelivered)],
  ] as const;
  readonly #mailboxWaiting = this.#registry.gauge(METRICS.mailboxWaiting);
  readonly #deadLetters = this.#registry.gauge(METRICS.deadLetters);
  readonly #partitionsStuck = this.#registry.gauge(METRICS.partitionsStuck);
  readonly #counted = new Map<string, { counter: { inc(by: number): void }; value: number }>();
  readonly #jobs = this.#registry.gauge(METRICS.jobs);
  readonly #jobsFinished = this.#registry.counter(METRICS.jobsFinished);
  readonly #jobDuration = this.#registry.histogram(METRICS.jobDuration);
  readonly #chunksDone = this.#registry.counter(METRICS.chunksDone);
  readonly #chunksFailed = this.#registry.counter(METRICS.chunksFailed);
  #finished = 0;

  /** Jobs finished since this process started. */
  get finished(): number {
    return this.#finished;
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  show({ report, jobs, totals, counts, stuckPartitions }: SystemFacts): void {
    this.#workers.set(totals.workers);
    this.#slots.set({ state: 'busy' }, totals.busySlots);
    this.#slots.set({ state: 'free' }, totals.slots - totals.busySlots);
    for (const [what, gauge] of this.#lanes) {
      gauge.reset();
      for (const depth of report.lanes) gauge.set({ kind: depth.kind, lane: depth.lane }, depth[what]);
    }
    this.#mailboxWaiting.set(report.mailboxWaiting);
    this.#deadLetters.set(report.deadLetters);
    for (const [status, count] of Object.entries(jobs)) this.#jobs.set({ status }, count);
    this.#partitionsStuck.set(stuckPartitions);
    for (const [name, count] of counts) this.#countUpTo(name, count);
  }

  #countUpTo(name: string, count: number): void {
    const counted = this.#counted.get(name) ?? { counter: this.#registry.counter(coordinatorMetric(name)), value: 0 };
    counted.counter.inc(Math.max(0, count - counted.value));
    this.#counted.set(name, { ...counted, value: count });
  }

  /** Call once per job. */
  countFinished(job: FinishedJob): void {
    const { kind, status } = job;
    this.#finished += 1;
    this.#jobsFinished.inc({ kind, status });
    this.#chunksDone.inc({ kind }, job.completed_chunks);
    this.#chunksFailed.inc({ kind }, job.failed_chunks);
    if (job.finished_at)
      this.#jobDuration.observe({ kind, status }, Math.max(0, Date.parse(job.finished_at) - Date.parse(job.created_at)) / 1_000);
  }

  render(): Promise<string> {
    return this.#registry.render();
  }
}
