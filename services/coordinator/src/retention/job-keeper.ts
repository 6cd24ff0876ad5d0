/**
 * Keeps what a job needs while it is unfinished, however long it takes or waits.
 *
 * Bucket entries leave when they have not been written for the retention. A job that has not changed for half of it (a chunk of many hours, a kind
 * without workers) has been passivated, with its state in job_state; that state and its view are written again, unchanged, so they stay. A
 * mailbox message may leave once the state includes it. The state of a job that has ended for good is removed, however it came to be left; that of one that
 * may be requeued stays as long as its view, and leaves with it.
 *
 * Invariant: only what is stored is written, over the revision it was read at. Losing to an owner is fine, since he wrote something newer;
 * an owner that loses to this drops his activation and rebuilds it. What of one job cannot be read or written is that job's alone: the sweep goes on. States
 * are read one at a time, oldest first, and only old ones.
 */
import { nextEntry } from '@manyhands/broker';
import type { Broker, Bucket, BucketEntry } from '@manyhands/nats';
import type { Logger } from '@manyhands/observe';
import { isManyhandsError, keys, retainedMs } from '@manyhands/proto';
import { mayBeRequeued, hasEnded, tenantIn, viewIn } from './kept-job.ts';

/** Sweeps in the time of one retention; an entry is written again from half of it on. */
const SWEEPS = 8;

export class JobKeeper {
  readonly #broker: Broker;
  readonly #buckets: Readonly<Record<'jobs' | 'jobState', Bucket>>;
  readonly #retentionMs: number;
  readonly #log: Logger;
  #sweeping: NodeJS.Timeout | undefined;

  constructor(broker: Broker, buckets: Readonly<Record<'jobs' | 'jobState', Bucket>>, retentionHours: number, log: Logger) {
    this.#broker = broker;
    this.#buckets = buckets;
    this.#retentionMs = retainedMs(retentionHours);
    this.#log = log;
  }

  /** Nest: once at the start, because no coordinator may have run for hours. */
  onApplicationBootstrap(): void {
    this.#sweeping = setInterval(() => void this.#trySweep(), this.#retentionMs / SWEEPS);
    void this.#trySweep();
  }

  /** Nest. */
  beforeApplicationShutdown(): void {
    clearInterval(this.#sweeping);
  }

  /** Returns how many jobs were kept. Throws `unavailable` when NATS does not list them. */
  async sweep(nowMs: number): Promise<number> {
    let kept = 0;
    let after = 0;
    const seen = new Set<string>();
    for (;;) {
      const snapshot = await nextEntry(this.#broker, 'jobState', after);
      // Entries stand in the order of their last writes, so those behind this are younger.
      if (snapshot === undefined || !this.#isOld(snapshot, nowMs)) return kept;
      after = snapshot.revision;
      // What this sweep has written again stands at the end.
      if (snapshot.value === undefined || seen.has(snapshot.key)) continue;
      seen.add(snapshot.key);
      try {
        if (await this.#keep(snapshot, nowMs)) kept += 1;
      } catch (error) {
        this.#log.warn(
          { job: snapshot.key, err: error },
          'an unfinished job could not be written again to keep it; the coordinator tries again',
        );
      }
    }
  }

  #isOld({ createdAtMs }: BucketEntry, nowMs: number): boolean {
    return nowMs - createdAtMs > this.#retentionMs / 2;
  }

  async #keep(snapshot: BucketEntry, nowMs: number): Promise<boolean> {
    const { jobs, jobState } = this.#buckets;
    // The view first: it is what users see.
    const entry = await this.#viewOf(snapshot);
    const view = viewIn(entry?.value);
    if (view !== undefined && hasEnded(view)) {
      if (!mayBeRequeued(view)) await unlessNewer(jobState.remove(snapshot.key, snapshot.revision));
      return false;
    }
    if (entry !== undefined && this.#isOld(entry, nowMs)) await rewrite(jobs, entry);
    await rewrite(jobState, snapshot);
    return true;
  }

  /** Of a state that does not hold the tenant of its job, found by the job's id. */
  async #viewOf({ key, value }: BucketEntry): Promise<BucketEntry | undefined> {
    const { jobs } = this.#buckets;
    const tenant = tenantIn(value);
    return tenant === undefined ? (await jobs.entries(keys.job('*', key)))[0] : jobs.get(keys.job(tenant, key));
  }

  async #trySweep(): Promise<void> {
    try {
      const kept = await this.sweep(Date.now());
      if (kept > 0)
        this.#log.info(`kept ${kept} unfinished jobs that had not changed for ${this.#retentionMs / 7_200_000} hours`);
    } catch (error) {
      this.#log.warn({ err: error }, 'unfinished jobs could not be written again to keep them; the coordinator tries again');
    }
  }
}

async function rewrite(bucket: Bucket, { key, value, revision }: BucketEntry): Promise<void> {
  if (value !== undefined) await unlessNewer(bucket.update(key, value, revision));
}

async function unlessNewer(writing: Promise<unknown>): Promise<void> {
  try {
    await writing;
  } catch (error) {
    if (!isManyhandsError(error, 'revision_conflict')) throw error;
  }
}
