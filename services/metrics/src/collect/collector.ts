/**
 * Watches workers, coordinators and jobs, asks the queues once a second, and writes the sum of it to bucket `stats`.
 *
 *   stopped ──start──▶ collecting ──stop──▶ stopped
 *
 * Invariant: one round at a time; a round that fails, as while the server is away, is logged once and tried again a second later,
 * so the page shows the last good figures with their time.
 *
 * Reads buckets `workers`, `coordinators` and `jobs`, the consumers of WORK and MAILBOX, and the size of DEAD; every ten seconds how full each stream is and
 * how full the disk; writes `stats` key `queues`.
 */
import { openBucket } from '@manyhands/broker';
import type { Broker, Bucket } from '@manyhands/nats';
import { reportQueues } from './report-queues.ts';
import type { Logger } from '@manyhands/observe';
import { encode, keys } from '@manyhands/proto';
import type { SystemMetrics } from '../expose/system-metrics.ts';
import { JobTally } from './job-tally.ts';
import { LiveCoordinators } from './live-coordinators.ts';
import { LiveWorkers } from './live-workers.ts';
import { composeQueueStats } from './queue-stats.ts';
import { loadStorageLevels, type StorageLevels } from './storage-levels.ts';

const roundMs = 1_000;
/** Rounds from one look at the storage to the next. */
const storageEvery = 10;

export interface CollectorOptions {
  /** How long the bucket keeps a job after its last write. */
  keptMs?: number;
  /** Of history, on the disk whose room is shown. */
  folder: string;
}

export class Collector {
  readonly #broker: Broker;
  readonly #metrics: SystemMetrics;
  readonly #log: Logger;
  readonly #workers = new LiveWorkers();
  readonly #coordinators = new LiveCoordinators();
  readonly #jobs: JobTally;
  #watches: { stop(): Promise<void> }[] = [];
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> | undefined;
  #failing = false;
  readonly #folder: string;
  #rounds = 0;
  #storage: StorageLevels = { stores: [] };

  constructor(broker: Broker, metrics: SystemMetrics, log: Logger, { keptMs, folder }: CollectorOptions) {
    this.#jobs = new JobTally(keptMs);
    this.#folder = folder;
    this.#broker = broker;
    this.#metrics = metrics;
    this.#log = log;
  }

  async start(): Promise<void> {
    const [workers, coordinators, jobs, stats] = await Promise.all(
      (['workers', 'coordinators', 'jobs', 'stats'] as const).map((key) => openBucket(this.#broker, key)),
    );
    this.#watches = await Promise.all([
      workers!.watch('>', {
        entry: ({ key, value, createdAtMs }) => this.#workers.note(key, value, performance.now(), createdAtMs),
      }),
      coordinators!.watch('>', { entry: ({ key, value, createdAtMs }) => this.#coordinators.note(key, value, createdAtMs) }),
      jobs!.watch('>', { entry: ({ key, value, createdAtMs }) => this.#jobs.note(key, value, createdAtMs) }),
    ]);
    this.#timer = setInterval(() => {
      this.#round ??= this.#collect(stats!).finally(() => (this.#round = undefined));
    }, roundMs);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#watches.splice(0).map((watch) => watch.stop()));
    await this.#round;
  }

  async #collect(stats: Bucket): Promise<void> {
    try {
      if (this.#rounds++ % storageEvery === 0) this.#storage = await loadStorageLevels(this.#broker, this.#folder);
      const report = await reportQueues(this.#broker);
      const atMs = Date.now();
      const jobs = this.#jobs.counts(atMs);
      this.#metrics.show({
        report,
        jobs,
        chunksLeft: this.#jobs.chunksLeft,
        totals: this.#workers.totals(),
        kindSlots: this.#workers.kindSlots(),
        chunksComputed: this.#workers.chunksComputed,
        coordinators: this.#coordinators.count,
        counts: this.#coordinators.counts(),
        stuckPartitions: this.#coordinators.stuckPartitions,
        storage: this.#storage,
        clocksMs: {
          worker: this.#workers.clockDifferenceMs,
          coordinator: this.#coordinators.clockDifferenceMs,
          metrics: this.#storage.clockDifferenceMs,
        },
      });
      const message = composeQueueStats({
        atMs,
        report,
        jobs,
        chunksPerSec: this.#workers.chunksPerSec(performance.now()),
        jobsFinished: this.#metrics.finished,
      });
      await stats.put(keys.queues, encode(message));
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) this.#log.warn({ err: error }, 'the queues could not be counted; metrics tries again every second');
      this.#failing = true;
    }
  }
}
