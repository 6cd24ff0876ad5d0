/**
 * Keeps what became of the leases of each job in stream ANSWERED, for people.
 *
 *   lease ──▶ open page ──full──▶ waiting page ──▶ stored          every half second the open pages that changed are stored too, of all jobs at once;
 *                                                          one that was opened since the last time waits once more: most jobs are over by then, and cost one write
 *
 * Invariant: no job waits for it, and it holds a bounded number of pages, of which the oldest are lost. Pages are a ring: a job has `limits.leasesKeptMax` at most. A lease
 * is in it once: its answer's sequence in MAILBOX only rises, so what is at or before the newest one that is stored is there. An owner that took a job over reads that page first.
 *
 * Rejected: a message for each lease, which is a write more for every lease of every job; and the state of the job, which is saved whole.
 */
import { lastStored } from '@manyhands/broker';
import type { Broker, Outbox } from '@manyhands/nats';
import type { Logger } from '@manyhands/observe';
import { answeredSubjects, AnsweredLeases, decode, encode, ifReadable, limits, type SubmitJob } from '@manyhands/proto';
import { packedLeases, unpackedLeases, type AnsweredLease } from '@manyhands/proto/answered-leases';
import type { JobEffect } from '../job/effects.ts';

export type KeepAnswered = Extract<JobEffect, { do: 'keep_answered' }>;

const STORE_EVERY_MS = 500;
/** Pages that wait to be stored; 8 kB each. */
export const WAITING_PAGES_MAX = 2_000;
const PAGE_COUNT = limits.leasesKeptMax / limits.leasesPageMax;

interface OpenPage {
  of: Pick<SubmitJob, 'tenant' | 'kind' | 'submitted_at'>;
  /** Leases of the job before it. */
  first: number;
  through: number;
  leases: AnsweredLease[];
  /** Something of it is not stored. */
  changed: boolean;
  /** Forgotten once it is stored. */
  over: boolean;
  /** Opened since the last time. */
  isNew: boolean;
  /** What came while the newest stored page is read. */
  early?: KeepAnswered[];
}

export class AnsweredRecord {
  readonly #broker: Broker;
  readonly #outbox: Outbox;
  readonly #log: Logger;
  readonly #open = new Map<string, OpenPage>();
  /** By subject, so that a newer page takes the place of the one before. */
  readonly #waiting = new Map<string, Uint8Array>();
  #timer: NodeJS.Timeout | undefined;
  #storing: Promise<void> = Promise.resolve();

  constructor(broker: Broker, outbox: Outbox, log: Logger) {
    this.#broker = broker;
    this.#outbox = outbox;
    this.#log = log;
  }

  /** Pages that are held here. */
  get heldCount(): number {
    return this.#open.size + this.#waiting.size;
  }

  add(kept: KeepAnswered): void {
    const { job_id: jobId, tenant, kind, submitted_at } = kept.submit;
    const known = this.#open.get(jobId);
    const of = { tenant, kind, submitted_at };
    const page: OpenPage = known ?? { of, first: 0, through: 0, leases: [], changed: false, over: false, isNew: true };
    if (known === undefined) {
      this.#open.set(jobId, page);
      if (!kept.isFirst) {
        page.early = [];
        void this.#goOn(jobId, page);
      }
    }
    if (page.early) page.early.push(kept);
    else this.#put(jobId, page, kept);
    page.over = false;
    this.#storeSoon();
  }

  /** A job whose activation is gone. */
  forget(jobId: string): void {
    const page = this.#open.get(jobId);
    if (page === undefined) return;
    if (page.changed || page.early) page.over = true;
    else this.#open.delete(jobId);
  }

  /** Stores what is not stored. Never throws. */
  flush(): Promise<void> {
    for (const page of this.#open.values()) page.isNew = false;
    return this.#storeChanged();
  }

  #storeSoon(): void {
    this.#timer ??= setTimeout(() => void this.#storeChanged(), STORE_EVERY_MS);
  }

  async #storeChanged(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const [jobId, page] of this.#open) {
      if (page.isNew && !page.over) {
        page.isNew = false;
        this.#storeSoon();
        continue;
      }
      if (page.changed) this.#wait(jobId, page);
      page.changed = false;
      if (page.over && !page.early) this.#open.delete(jobId);
    }
    this.#storing = this.#storing.then(() => this.#store());
    await this.#storing;
  }

  /** After an owner of the job before: continues the newest page that it stored. */
  async #goOn(jobId: string, page: OpenPage): Promise<void> {
    const stored = await lastStored(this.#broker, 'answered', answeredSubjects.ofJob(page.of.tenant, jobId)).catch(
      () => undefined,
    );
    const newest = stored && ifReadable(() => decode(AnsweredLeases, stored.data));
    if (newest) {
      page.first = newest.first;
      page.through = newest.through;
      page.leases = unpackedLeases(newest);
    }
    const early = page.early ?? [];
    delete page.early;
    for (const kept of early) this.#put(jobId, page, kept);
  }

  #put(jobId: string, page: OpenPage, { sequence, lease }: KeepAnswered): void {
    if (sequence <= page.through) return;
    if (page.leases.length >= limits.leasesPageMax) {
      if (page.changed) this.#wait(jobId, page);
      page.first += page.leases.length;
      page.leases = [];
    }
    page.leases.push(lease);
    page.through = sequence;
    page.changed = true;
    this.#storeSoon();
  }

  #wait(jobId: string, { of: { tenant, ...job }, first, through, leases }: OpenPage): void {
    const place = Math.floor(first / limits.leasesPageMax) % PAGE_COUNT;
    const page = {
      v: 1,
      type: 'AnsweredLeases',
      job_id: jobId,
      ...job,
      first,
      through,
      ...packedLeases(leases),
    } satisfies AnsweredLeases;
    const subject = answeredSubjects.page(tenant, jobId, place);
    this.#waiting.delete(subject);
    this.#waiting.set(subject, encode(page));
    for (const oldest of this.#waiting.keys()) {
      if (this.#waiting.size <= WAITING_PAGES_MAX) break;
      this.#waiting.delete(oldest);
    }
  }

  async #store(): Promise<void> {
    const pages = [...this.#waiting].map(([subject, data]) => ({ subject, data }));
    if (pages.length === 0) return;
    this.#waiting.clear();
    try {
      await this.#outbox.publishAll(pages);
    } catch (err) {
      this.#log.debug({ err, step: 'fold' }, 'what became of some leases could not be stored; it is tried again');
      for (const { subject, data } of pages) if (!this.#waiting.has(subject)) this.#waiting.set(subject, data);
      this.#storeSoon();
    }
  }
}
