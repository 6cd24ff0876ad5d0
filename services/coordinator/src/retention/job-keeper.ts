/**
 * Keeps what a job needs while it is unfinished, however long it takes or waits.
 *
 * Bucket entries leave when they have not been written for the retention. A job nobody has heard of for half of it (a chunk of many hours, a kind
 * without workers) has been passivated, with its state in job_state; that state and its view are written again, unchanged, so they stay. A
 * mailbox message may leave once the state includes it. The state of a job that has ended is not needed, however it came to be left: it is removed.
 *
 * Always true: only what is stored is written, over the revision it was read at. Losing to an owner is fine, since he wrote something newer;
 * an owner that loses to this drops his activation and rebuilds it.
 */
import type { Bucket, BucketEntry } from '@manyhands/jetstream';
import type { Logger } from '@manyhands/observe';
import { isFinal, isManyhandsError, keys, retainedMs, type JobView } from '@manyhands/proto';
import type { JobState } from '../job/state.ts';

/** Sweeps in the time of one retention; an entry is written again from half of it on. */
const SWEEPS = 8;

export class JobKeeper {
  readonly #buckets: Readonly<Record<'jobs' | 'jobState', Bucket>>;
  readonly #retentionMs: number;
  readonly #log: Logger;
  #sweeping: NodeJS.Timeout | undefined;

  constructor(buckets: Readonly<Record<'jobs' | 'jobState', Bucket>>, retentionHours: number, log: Logger) {
    this.#buckets = buckets;
    this.#retentionMs = retainedMs(retentionHours);
    this.#log = log;
  }

  /** Nest: once at the start, because nobody may have run for hours. */
  onApplicationBootstrap(): void {
    this.#sweeping = setInterval(() => void this.#trySweep(), this.#retentionMs / SWEEPS);
    void this.#trySweep();
  }

  /** Nest. */
  beforeApplicationShutdown(): void {
    clearInterval(this.#sweeping);
  }

  /** Returns how many jobs were kept. */
  async sweep(nowMs: number): Promise<number> {
    const { jobs, jobState } = this.#buckets;
    const isOld = (entry: BucketEntry | undefined): entry is BucketEntry => entry !== undefined && nowMs - entry.createdAtMs > this.#retentionMs / 2;
    const old = (await jobState.entries()).filter(isOld);
    let kept = 0;
    for (const snapshot of old) {
      // The view first: it is what users see, and the snapshot says where it is.
      const view = await jobs.get(viewKeyOf(snapshot));
      if (hasEnded(view)) {
        await jobState.remove(snapshot.key);
        continue;
      }
      if (isOld(view)) await rewrite(jobs, view);
      await rewrite(jobState, snapshot);
      kept += 1;
    }
    return kept;
  }

  async #trySweep(): Promise<void> {
    try {
      const kept = await this.sweep(Date.now());
      if (kept > 0) this.#log.info(`kept ${kept} unfinished jobs that nobody has heard of for ${this.#retentionMs / 7_200_000} hours`);
    } catch (error) {
      this.#log.warn({ err: error }, 'unfinished jobs could not be kept; it is tried again');
    }
  }
}

function viewKeyOf({ key, value }: BucketEntry): string {
  const { state } = JSON.parse(new TextDecoder().decode(value)) as { state: JobState };
  return keys.job(state.submit.tenant, key);
}

function hasEnded(view: BucketEntry | undefined): boolean {
  return view?.value !== undefined && isFinal((JSON.parse(new TextDecoder().decode(view.value)) as JobView).status);
}

async function rewrite(bucket: Bucket, { key, value, revision }: BucketEntry): Promise<void> {
  if (value === undefined) return;
  try {
    await bucket.update(key, value, revision);
  } catch (error) {
    if (!isManyhandsError(error, 'revision_conflict')) throw error;
  }
}
