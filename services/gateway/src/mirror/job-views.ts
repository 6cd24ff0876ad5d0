/**
 * Finds one job as it is now. Reads the bucket's leader, so that a read after a write sees it, and makes sure that it leads; a job that is stored in its
 * mailbox but that no coordinator has picked up yet is pending, and one whose requeue is stored there runs again.
 *
 * Once a job has a view, that is the truth: its mailbox is emptied when it is over.
 */
import { Inject, Injectable } from '@nestjs/common';
import { lastStored } from '@manyhands/broker';
import {
  decode,
  ifReadable,
  encode,
  JobId,
  keys,
  mailboxSubjects,
  pendingView,
  RequeueJob,
  SubmitJob,
  type ChosenChunks,
  type JobView,
} from '@manyhands/proto';
import { BrokerLink, type Bus } from '../bus/broker-link.ts';
import { withDeadline } from '../bus/deadline.ts';
import { FeedEntry } from './feed-entry.ts';
import { Feeds } from './feeds.ts';
import { digestOf, digestView } from './job-digest.ts';
import { mayRunAgain, requeuedView } from './requeued-view.ts';

@Injectable()
export class JobViews {
  constructor(
    @Inject(BrokerLink) private readonly link: BrokerLink,
    @Inject(Feeds) private readonly feeds: Feeds,
  ) {}

  /** Undefined when this tenant has no such job. Throws `unavailable` while NATS is away. */
  async load(tenant: string, jobId: string): Promise<FeedEntry | undefined> {
    if (!JobId.safeParse(jobId).success) return undefined;
    const [entry] = await withDeadline(
      Promise.all([this.#read(this.link.bus(), tenant, jobId), this.feeds.led('jobs')]),
      'The job could not be read in time because NATS does not answer; try again in a few seconds.',
    );
    return entry;
  }

  /** Whether a cancellation of this round is stored. Of a job that is not over: one that its coordinator has not carried out yet. */
  async isBeingCancelled(jobId: string, round: number): Promise<boolean> {
    const stored = lastStored(this.link.bus().broker, 'mailbox', mailboxSubjects.cancel(jobId, round));
    return (
      (await withDeadline(
        stored,
        'The job could not be read in time because NATS does not answer; try again in a few seconds.',
      )) !== undefined
    );
  }

  /** Values of many keys, undefined where there is none any more. */
  async values(viewKeys: readonly string[]): Promise<(Uint8Array | undefined)[]> {
    const { jobs } = this.link.bus().buckets;
    const read = Promise.all(viewKeys.map(async (key) => (await jobs.get(key))?.value));
    return withDeadline(read, 'The jobs could not be read in time because NATS does not answer; try again in a few seconds.');
  }

  async #read(bus: Bus, tenant: string, jobId: string): Promise<FeedEntry | undefined> {
    const key = keys.job(tenant, jobId);
    const stored = await bus.buckets.jobs.get(key);
    if (stored?.value)
      return this.#asRequeued(
        bus,
        jobId,
        new FeedEntry({ key, revision: stored.revision, storedAtMs: stored.createdAtMs, value: stored.value }, digestView),
      );
    const submitted = await lastStored(bus.broker, 'mailbox', mailboxSubjects.submit(jobId));
    if (!submitted) return undefined;
    const command = readable(submitted.data);
    if (command?.tenant !== tenant) return undefined;
    return new FeedEntry({ key, revision: 0, storedAtMs: submitted.storedAtMs, value: encode(pendingView(command)) }, digestView);
  }

  /** Only a job that may run again costs the second question. */
  async #asRequeued(bus: Bus, jobId: string, entry: FeedEntry): Promise<FeedEntry> {
    const digest = digestOf(entry);
    if (digest === undefined || !mayRunAgain(digest)) return entry;
    const round = (digest.round ?? 0) + 1;
    const requeued = await lastStored(bus.broker, 'mailbox', mailboxSubjects.requeue(jobId, round));
    if (requeued === undefined) return entry;
    return requeuedEntry(entry, round, ifReadable(() => decode(RequeueJob, requeued.data))?.chunks);
  }
}

/** An entry whose value is the last view of a round, as it is once its requeue is stored. */
export function requeuedEntry({ key, revision, storedAtMs, value }: FeedEntry, round: number, chosen?: ChosenChunks): FeedEntry {
  const view = JSON.parse(new TextDecoder().decode(value)) as JobView;
  return new FeedEntry({ key, revision, storedAtMs, value: encode(requeuedView(view, round, chosen)), ahead: round }, digestView);
}

/** A submission of another release is no job of ours; a coordinator sets it aside. */
function readable(submit: Uint8Array): SubmitJob | undefined {
  return ifReadable(() => decode(SubmitJob, submit));
}
