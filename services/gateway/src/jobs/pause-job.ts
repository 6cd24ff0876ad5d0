/**
 * Asks a job's coordinator to pause it or to go on: stores the command in its mailbox. Repeatable; only a job that is over refuses.
 */
import { Inject, Injectable } from '@nestjs/common';
import { encode, isFinal, mailboxSubjects, type JobStatus, type PauseJob, type ResumeJob } from '@manyhands/proto';
import { BrokerLink } from '../bus/broker-link.ts';
import { withDeadline } from '../bus/deadline.ts';
import { conflict, jobNotFound } from '../edge/problem.ts';
import type { FeedEntry } from '../mirror/feed-entry.ts';
import { Feeds } from '../mirror/feeds.ts';
import { digestOf } from '../mirror/job-digest.ts';
import { JobViews } from '../mirror/job-views.ts';
import { untilShown } from './command-shown.ts';

@Injectable()
export class JobPausing {
  constructor(
    @Inject(BrokerLink) private readonly link: BrokerLink,
    @Inject(JobViews) private readonly views: JobViews,
    @Inject(Feeds) private readonly feeds: Feeds,
  ) {}

  /** Returns once the command is durable and, where a coordinator is there, shown. Throws 404, 409, `unavailable`. */
  async pause(tenant: string, jobId: string): Promise<void> {
    const now = await this.#mustGoOn(tenant, jobId, 'paused');
    await this.#store(mailboxSubjects.pause(jobId), {
      v: 1,
      type: 'PauseJob',
      job_id: jobId,
      tenant,
      requested_at: new Date().toISOString(),
    });
    await this.#untilShown(now, (status) => status === 'paused' || isFinal(status));
  }

  /** The same. */
  async resume(tenant: string, jobId: string): Promise<void> {
    const now = await this.#mustGoOn(tenant, jobId, 'resumed');
    await this.#store(mailboxSubjects.resume(jobId), {
      v: 1,
      type: 'ResumeJob',
      job_id: jobId,
      tenant,
      requested_at: new Date().toISOString(),
    });
    await this.#untilShown(now, (status) => status !== 'paused');
  }

  /** Looks for a cancellation that is stored and not carried out yet, too. */
  async #mustGoOn(tenant: string, jobId: string, what: string): Promise<FeedEntry> {
    const now = await this.views.load(tenant, jobId);
    if (!now || now.gone) throw jobNotFound();
    const { status, round = 0 } = digestOf(now) ?? {};
    if (status !== undefined && isFinal(status)) throw conflict(`The job is ${status} already, so it cannot be ${what}.`);
    if (await this.views.isBeingCancelled(jobId, round)) throw conflict(`The job is being cancelled, so it cannot be ${what}.`);
    return now;
  }

  /** Of the round it was asked in, or a later one. */
  async #untilShown(now: FeedEntry, isShown: (status: JobStatus) => boolean): Promise<void> {
    const { round = 0 } = digestOf(now) ?? {};
    await untilShown(this.feeds.jobs, now.key, (entry) => {
      const digest = digestOf(entry);
      return entry.gone || (digest !== undefined && (digest.round ?? 0) >= round && isShown(digest.status));
    });
  }

  async #store(subject: string, command: PauseJob | ResumeJob): Promise<void> {
    const stored = this.link.bus().outbox.publishAll([{ subject, data: encode(command) }]);
    await withDeadline(
      stored,
      'The command could not be stored in time because NATS does not answer; try again in a few seconds, repeating is safe.',
    );
  }
}
