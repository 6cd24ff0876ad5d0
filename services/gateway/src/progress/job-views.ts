/**
 * Finds one job as it is now. Reads the bucket's leader, so that a read after a write sees it; a job that is stored in its
 * mailbox but that no coordinator has picked up yet is pending.
 */
import { Inject, Injectable } from '@nestjs/common';
import { lastStored } from '@manyhands/jetstream';
import { decode, encode, JobId, keys, mailboxSubjects, pendingView, SubmitJob } from '@manyhands/proto';
import { BrokerLink, type Bus } from '../bus/broker-link.ts';
import { withDeadline } from '../bus/deadline.ts';
import { FeedEntry } from './feed-entry.ts';
import { digestView } from './job-digest.ts';

@Injectable()
export class JobViews {
  constructor(@Inject(BrokerLink) private readonly link: BrokerLink) {}

  /** Undefined when this tenant has no such job. Throws `unavailable` while NATS is away. */
  async load(tenant: string, jobId: string): Promise<FeedEntry | undefined> {
    if (!JobId.safeParse(jobId).success) return undefined;
    return withDeadline(this.#read(this.link.bus(), tenant, jobId), 'The job could not be read in time because NATS does not answer; try again in a few seconds.');
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
    if (stored?.value) return new FeedEntry({ key, revision: stored.revision, storedAtMs: stored.createdAtMs, value: stored.value }, digestView);
    const submitted = await lastStored(bus.broker, 'mailbox', mailboxSubjects.submit(jobId));
    if (!submitted) return undefined;
    const command = decode(SubmitJob, submitted.data);
    if (command.tenant !== tenant) return undefined;
    return new FeedEntry({ key, revision: 0, storedAtMs: submitted.storedAtMs, value: encode(pendingView(command)) }, digestView);
  }
}
