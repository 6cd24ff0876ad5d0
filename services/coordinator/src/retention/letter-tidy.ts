/**
 * Removes the dead letters of jobs that are gone: DEAD keeps letters for a month, but a letter of a job that cannot be read or run again is of no use, and would be counted.
 *
 * Invariant: only letters older than a job is kept are removed, and only of jobs without a view; so one whose views were lost by accident keeps its letters for as long
 * as it would have been kept itself.
 */
import { lastStored, purgeStored, storedCounts } from '@manyhands/broker';
import type { Broker, Bucket } from '@manyhands/nats';
import type { Logger } from '@manyhands/observe';
import { deadSubjects, keys, parseDeadChunkSubject } from '@manyhands/proto';
import { Tidy } from './tidy.ts';

export class LetterTidy extends Tidy {
  readonly #broker: Broker;
  readonly #jobs: Bucket;

  constructor(broker: Broker, jobs: Bucket, retentionHours: number, log: Logger) {
    super(retentionHours, log);
    this.#broker = broker;
    this.#jobs = jobs;
  }

  protected override whatOf(removed: number): string {
    return `${removed || 'some'} dead letters of jobs that are gone`;
  }

  /** Returns how many letters were removed. */
  override async sweep(nowMs: number): Promise<number> {
    const jobs = new Map<string, { tenant: string; jobId: string }>();
    for (const subject of (await storedCounts(this.#broker, 'dead', deadSubjects.allChunks)).keys()) {
      const letter = parseDeadChunkSubject(subject);
      if (letter !== undefined) jobs.set(letter.jobId, letter);
    }
    let removed = 0;
    for (const { tenant, jobId } of jobs.values()) {
      if ((await this.#jobs.get(keys.job(tenant, jobId)))?.value !== undefined) continue;
      const newest = await lastStored(this.#broker, 'dead', deadSubjects.chunksOfJob(tenant, jobId));
      if (newest === undefined || nowMs - newest.storedAtMs <= this.retentionMs) continue;
      removed += await purgeStored(this.#broker, 'dead', deadSubjects.chunksOfJob(tenant, jobId), newest.sequence);
    }
    return removed;
  }
}
