/**
 * Removes what jobs have stored, once they are gone: their lines, large partials and answers, and what was left by runs that did not count.
 *
 *   the job has a view ──▶ kept        no view, and nothing stored for as long as a job is kept ──▶ record removed ──▶ parts removed
 *
 * Invariant: an unfinished job has a view, since `JobKeeper` keeps it, so nothing of it is removed. The record goes first: no record names what is not there. Inputs are
 * not looked at: an input is not of one job alone.
 */
import { lastStored, removeArtifacts, storedCounts } from '@manyhands/broker';
import type { Broker, Bucket } from '@manyhands/nats';
import type { Logger } from '@manyhands/observe';
import { artifactSubjects, INPUT_OBJECT, keys, parseArtifactSubject, retainedMs } from '@manyhands/proto';

/** Sweeps in the time of one retention, and at least so often. */
const SWEEPS = 8;
const EVERY_MS_MAX = 600_000;

export class ArtifactTidy {
  readonly #broker: Broker;
  readonly #jobs: Bucket;
  readonly #retentionMs: number;
  readonly #log: Logger;
  #sweeping: NodeJS.Timeout | undefined;

  /** `jobs` is the opened bucket of views. */
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

  /** Returns of how many jobs something was removed. */
  async sweep(nowMs: number): Promise<number> {
    const jobs = new Map<string, { tenant: string; owner: string }>();
    for (const subject of (await storedCounts(this.#broker, 'artifacts', artifactSubjects.all)).keys()) {
      const part = parseArtifactSubject(subject);
      if (part !== undefined && part.name !== INPUT_OBJECT) jobs.set(part.owner, part);
    }
    let removed = 0;
    for (const { tenant, owner } of jobs.values()) {
      if ((await this.#jobs.get(keys.job(tenant, owner)))?.value !== undefined) continue;
      // Of a job that was submitted a moment ago no view is stored yet; and one whose views were lost by accident may come back.
      const newest = await lastStored(this.#broker, 'artifacts', artifactSubjects.ofOwner(tenant, owner));
      if (newest === undefined || nowMs - newest.storedAtMs <= this.#retentionMs) continue;
      await removeArtifacts(this.#broker, tenant, owner);
      removed += 1;
    }
    return removed;
  }

  async #trySweep(): Promise<void> {
    try {
      const removed = await this.sweep(Date.now());
      if (removed > 0) this.#log.info({ step: 'finish' }, `removed what ${removed} jobs had stored that are gone`);
    } catch (error) {
      this.#log.warn(
        { err: error, step: 'finish' },
        'what jobs had stored that are gone could not be removed; the coordinator tries again',
      );
    }
  }
}
