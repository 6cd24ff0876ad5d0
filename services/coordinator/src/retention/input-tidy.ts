/**
 * Removes inputs that no job needs any more.
 *
 *   held of late, or a job that was submitted with it is still there ──▶ kept        else ──▶ record removed ──▶ parts removed
 *   parts without a record: of an upload that goes on ──▶ kept           of one that was cut off long ago ──▶ removed
 *
 * Invariant: an input is there for as long as any job that was submitted with it: one that has not ended, may be requeued, or whose failures may be read. A job holds its
 * input before it is stored (`holdInput`), and the record is removed only at the revision that was looked at: so either the job finds it gone and is refused, or the sweep
 * leaves it. What of one input cannot be read is that input's alone.
 */
import {
  findInput,
  lastStored,
  purgeStored,
  removeArtifacts,
  removeInputUse,
  storedCounts,
  usesOfInput,
  type InputUse,
} from '@manyhands/broker';
import type { Broker, Bucket } from '@manyhands/nats';
import type { Logger } from '@manyhands/observe';
import { artifactSubjects, INPUT_OBJECT, isManyhandsError, keys, mailboxSubjects, parseArtifactSubject } from '@manyhands/proto';
import { Tidy } from './tidy.ts';

/** Twice as long as an upload may take. */
const UNNAMED_MS_MIN = 12 * 3_600_000;

interface Input {
  tenant: string;
  owner: string;
}

export class InputTidy extends Tidy {
  readonly #broker: Broker;
  readonly #jobs: Bucket;

  /** `jobs` is the opened bucket of views. An input that no job uses stays as long as a job that has ended. */
  constructor(broker: Broker, jobs: Bucket, retentionHours: number, log: Logger) {
    super(retentionHours, log);
    this.#broker = broker;
    this.#jobs = jobs;
  }

  protected override whatOf(removed: number): string {
    return `${removed || 'some'} inputs that no job needs`;
  }

  /** Returns how many inputs were removed. */
  override async sweep(nowMs: number): Promise<number> {
    const inputs = new Map<string, Input>();
    for (const subject of (await storedCounts(this.#broker, 'artifacts', artifactSubjects.allInputs)).keys()) {
      const part = parseArtifactSubject(subject);
      if (part !== undefined) inputs.set(part.owner, part);
    }
    let removed = 0;
    for (const input of inputs.values()) if (await this.#remove(input, nowMs)) removed += 1;
    return removed;
  }

  /** Returns whether it is removed. */
  async #remove({ tenant, owner }: Input, nowMs: number): Promise<boolean> {
    try {
      const found = await findInput(this.#broker, tenant, owner);
      if (found === undefined) return await this.#removeUnnamed({ tenant, owner }, nowMs);
      if (nowMs - found.heldAtMs <= this.retentionMs) return false;
      for (const use of await usesOfInput(this.#broker, tenant, owner)) {
        if (await this.#isThere(tenant, use, nowMs)) return false;
        await removeInputUse(this.#broker, tenant, owner, use.jobId);
      }
      await removeArtifacts(this.#broker, tenant, owner, found.revision);
      return true;
    } catch (error) {
      if (isManyhandsError(error, 'revision_conflict')) return false;
      if (!isManyhandsError(error, 'undecodable')) throw error;
      this.log.warn({ err: error, step: 'finish' }, `the record of input ${owner} cannot be read; the input is left alone`);
      return false;
    }
  }

  async #removeUnnamed({ tenant, owner }: Input, nowMs: number): Promise<boolean> {
    const object = artifactSubjects.object(tenant, owner, INPUT_OBJECT);
    const newest = await lastStored(this.#broker, 'artifacts', object);
    if (newest === undefined || nowMs - newest.storedAtMs <= Math.max(this.retentionMs, UNNAMED_MS_MIN)) return false;
    await purgeStored(this.#broker, 'artifacts', object, newest.sequence);
    return true;
  }

  /** A job that was stored a moment ago, or while no coordinator ran, has no view yet. */
  async #isThere(tenant: string, { jobId, heldAtMs }: InputUse, nowMs: number): Promise<boolean> {
    if (nowMs - heldAtMs <= this.retentionMs) return true;
    if ((await lastStored(this.#broker, 'mailbox', mailboxSubjects.submit(jobId))) !== undefined) return true;
    return (await this.#jobs.get(keys.job(tenant, jobId)))?.value !== undefined;
  }
}
