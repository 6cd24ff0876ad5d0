/**
 * The system's metrics as Prometheus text: gauges as of the last round of the collector, counters since this process started.
 *
 * Invariant: a lane that is gone leaves the text; no label holds an id, and a label for kinds has `KINDS_MAX` values and one more.
 */
import type { QueueReport } from '../collect/report-queues.ts';
import { coordinatorMetric, createRegistry, METRICS } from '@manyhands/observe';
import type { JobStatus } from '@manyhands/proto';
import type { WorkerTotals } from '../collect/live-workers.ts';
import type { StorageLevels } from '../collect/storage-levels.ts';
import type { FinishedJob } from '../history/job-row.ts';

export const KINDS_MAX = 200;

export interface SystemFacts {
  report: QueueReport;
  jobs: Record<JobStatus, number>;
  /** By kind. */
  chunksLeft: ReadonlyMap<string, number>;
  totals: WorkerTotals;
  /** By kind. */
  kindSlots: ReadonlyMap<string, number>;
  /** A sum that never falls. */
  chunksComputed: number;
  coordinators: number;
  /** What coordinators count, by name: sums that never fall. */
  counts: ReadonlyMap<string, number>;
  stuckPartitions: number;
  storage: StorageLevels;
  /** How far the clocks of each sort of process are from the server's; undefined where that is not known. */
  clocksMs: Readonly<Record<'worker' | 'coordinator' | 'metrics', number | undefined>>;
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
  readonly #kindSlots = this.#registry.gauge(METRICS.kindSlots);
  readonly #chunksComputed = this.#registry.counter(METRICS.chunksComputed);
  readonly #coordinators = this.#registry.gauge(METRICS.coordinators);
  readonly #partitionsUnowned = this.#registry.gauge(METRICS.partitionsUnowned);
  readonly #storedBytes = this.#registry.gauge(METRICS.storedBytes);
  readonly #storedLimit = this.#registry.gauge(METRICS.storedLimit);
  readonly #diskFree = this.#registry.gauge(METRICS.diskFree);
  readonly #diskSize = this.#registry.gauge(METRICS.diskSize);
  readonly #clockDifference = this.#registry.gauge(METRICS.clockDifference);
  readonly #kinds = new BoundedNames(KINDS_MAX);
  readonly #mailboxWaiting = this.#registry.gauge(METRICS.mailboxWaiting);
  readonly #deadLetters = this.#registry.gauge(METRICS.deadLetters);
  readonly #partitionsStuck = this.#registry.gauge(METRICS.partitionsStuck);
  readonly #counted = new Map<string, { counter: { inc(by: number): void }; value: number }>();
  readonly #jobs = this.#registry.gauge(METRICS.jobs);
  readonly #chunksLeft = this.#registry.gauge(METRICS.chunksLeft);
  readonly #jobsFinished = this.#registry.counter(METRICS.jobsFinished);
  readonly #jobDuration = this.#registry.histogram(METRICS.jobDuration);
  readonly #chunksDone = this.#registry.counter(METRICS.chunksDone);
  readonly #chunksFailed = this.#registry.counter(METRICS.chunksFailed);
  #computed = 0;
  #finished = 0;

  /** Jobs finished since this process started. */
  get finished(): number {
    return this.#finished;
  }

  show(facts: SystemFacts): void {
    const { report, jobs, chunksLeft, totals, counts, stuckPartitions } = facts;
    this.#workers.set(totals.workers);
    this.#slots.set({ state: 'busy' }, totals.busySlots);
    this.#slots.set({ state: 'free' }, totals.slots - totals.busySlots);
    for (const [what, gauge] of this.#lanes) {
      gauge.reset();
      for (const depth of report.lanes) gauge.inc({ kind: this.#kinds.labelOf(depth.kind), lane: depth.lane }, depth[what]);
    }
    this.#mailboxWaiting.set(report.mailboxWaiting);
    this.#deadLetters.set(report.deadLetters);
    for (const [status, count] of Object.entries(jobs)) this.#jobs.set({ status }, count);
    this.#showByKind(this.#chunksLeft, chunksLeft);
    this.#showByKind(this.#kindSlots, facts.kindSlots);
    this.#chunksComputed.inc(Math.max(0, facts.chunksComputed - this.#computed));
    this.#computed = facts.chunksComputed;
    this.#coordinators.set(facts.coordinators);
    this.#partitionsUnowned.set(report.partitionsUnowned);
    this.#showStorage(facts);
    this.#partitionsStuck.set(stuckPartitions);
    for (const [name, count] of counts) this.#countUpTo(name, count);
  }

  #showByKind(
    gauge: { reset(): void; inc(labels: { kind: string }, by: number): void },
    counts: ReadonlyMap<string, number>,
  ): void {
    gauge.reset();
    for (const [kind, count] of counts) gauge.inc({ kind: this.#kinds.labelOf(kind) }, count);
  }

  #showStorage({ storage, clocksMs }: SystemFacts): void {
    for (const gauge of [this.#storedBytes, this.#storedLimit, this.#clockDifference]) gauge.reset();
    for (const { store, whenFull, bytes, maxBytes } of storage.stores) {
      this.#storedBytes.set({ store, when_full: whenFull }, bytes);
      this.#storedLimit.set({ store, when_full: whenFull }, maxBytes);
    }
    if (storage.disk !== undefined) {
      this.#diskFree.set(storage.disk.freeBytes);
      this.#diskSize.set(storage.disk.sizeBytes);
    }
    for (const [of, differenceMs] of Object.entries(clocksMs))
      if (differenceMs !== undefined) this.#clockDifference.set({ of }, differenceMs / 1_000);
  }

  #countUpTo(name: string, count: number): void {
    const counted = this.#counted.get(name) ?? { counter: this.#registry.counter(coordinatorMetric(name)), value: 0 };
    counted.counter.inc(Math.max(0, count - counted.value));
    this.#counted.set(name, { ...counted, value: count });
  }

  /** Call once per job. `traceId`: of the job, where it is traced. */
  countFinished(job: FinishedJob, traceId?: string): void {
    const { status } = job;
    const kind = this.#kinds.labelOf(job.kind);
    this.#finished += 1;
    this.#jobsFinished.inc({ kind, status });
    this.#chunksDone.inc({ kind }, job.completed_chunks);
    this.#chunksFailed.inc({ kind }, job.failed_chunks);
    if (job.finished_at)
      this.#jobDuration.observe(
        { kind, status },
        Math.max(0, Date.parse(job.finished_at) - Date.parse(job.created_at)) / 1_000,
        traceId,
      );
  }

  render(): Promise<string> {
    return this.#registry.render();
  }

  renderOpen(): Promise<string> {
    return this.#registry.renderOpen();
  }
}

/**
 * Keeps the number of series small whatever names come: the first `most` of them stand for themselves, the others are one.
 *
 * Invariant: a name that was let in stays in, so a counter never moves from one series to another.
 */
export class BoundedNames {
  readonly #names = new Set<string>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  labelOf(name: string): string {
    if (this.#names.has(name)) return name;
    if (this.#names.size >= this.#most) return 'other';
    this.#names.add(name);
    return name;
  }
}
