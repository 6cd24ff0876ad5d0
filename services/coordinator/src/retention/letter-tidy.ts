/**
 * Removes the dead letters of jobs that are gone: DEAD keeps letters for a month, but a letter of a job that cannot be read or run again is of no use, and would be counted.
 *
 * Invariant: only letters older than a job is kept are removed, and only of jobs without a view; so one whose views were lost by accident keeps its letters for as long
 * as it would have been kept itself.
 */
import { lastStored, purgeStored, storedCounts } from '@manyhands/broker';
import type { Broker, Bucket } from '@manyhands/nats';
import type { Logger } from '@manyhands/observe';
import { deadSubjects, keys, parseDeadChunkSubject, retainedMs } from '@manyhands/proto';

/** Sweeps in the time of one retention, and at least so often. */
const SWEEPS = 8;
const EVERY_MS_MAX = 600_000;

export class LetterTidy {
  readonly #broker: Broker;
  readonly #jobs: Bucket;
  readonly #retentionMs: number;
  readonly #log: Logger;
  #sweeping: NodeJS.Timeout | undefined;

  constructor(broker: Broker, jobs: Bucket, retentionHours: number, log: Logger) {
    this.#broker = broker;
    this.#jobs = jobs;
    this.#retentionMs = retainedMs(retentionHours);
    this.#log = log;
  }

  /** Nest: once at the start, because no coordinator may have run for days. */
  onApplicationBootstrap(): void {
    this.#sweeping = setInterval(() => void this.#trySweep(), Math.min(EVERY_MS_MAX, this.#retentionMs / SWEEPS));
    void this.#trySweep();
  }

  /** Nest. */
  beforeApplicationShutdown(): void {
    clearInterval(this.#sweeping);
  }

  /** Returns how many letters were removed. */
  async sweep(nowMs: number): Promise<number> {
    const jobs = new Map<string, { tenant: string; jobId: string }>();
    for (const subject of (await storedCounts(this.#broker, 'dead', deadSubjects.allChunks)).keys()) {
      const letter = parseDeadChunkSubject(subject);
      if (letter !== undefined) jobs.set(letter.jobId, letter);
    }
    let removed = 0;
    for (const { tenant, jobId } of jobs.values()) {
      if ((await this.#jobs.get(keys.job(tenant, jobId)))?.value !== undefined) continue;
      const newest = await lastStored(this.#broker, 'dead', deadSubjects.chunksOfJob(tenant, jobId));
      if (newest === undefined || nowMs - newest.storedAtMs <= this.#retentionMs) continue;
      removed += await purgeStored(this.#broker, 'dead', deadSubjects.chunksOfJob(tenant, jobId), newest.sequence);
    }
    return removed;
  }

  async #trySweep(): Promise<void> {
    try {
      const removed = await this.sweep(Date.now());
      if (removed > 0) this.#log.info({ step: 'finish' }, `removed ${removed} dead letters of jobs that are gone`);
    } catch (error) {
      this.#log.warn(
        { err: error, step: 'finish' },
        'dead letters of jobs that are gone could not be removed; the coordinator tries again',
      );
    }
  }
}
