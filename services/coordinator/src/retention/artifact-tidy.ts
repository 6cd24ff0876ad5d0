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
import { artifactSubjects, INPUT_OBJECT, keys, parseArtifactSubject } from '@manyhands/proto';
import { Tidy } from './tidy.ts';

export class ArtifactTidy extends Tidy {
  readonly #broker: Broker;
  readonly #jobs: Bucket;

  /** `jobs` is the opened bucket of views. */
  constructor(broker: Broker, jobs: Bucket, retentionHours: number, log: Logger) {
    super(retentionHours, log);
    this.#broker = broker;
    this.#jobs = jobs;
  }

  protected override whatOf(removed: number): string {
    return `what ${removed || 'some'} jobs had stored that are gone`;
  }

  /** Returns of how many jobs something was removed. */
  override async sweep(nowMs: number): Promise<number> {
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
      if (newest === undefined || nowMs - newest.storedAtMs <= this.retentionMs) continue;
      await removeArtifacts(this.#broker, tenant, owner);
      removed += 1;
    }
    return removed;
  }
}
