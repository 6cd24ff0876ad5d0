/**
 * Asks a job's coordinator to cancel it: stores `CancelJob` in its mailbox. Repeatable: the subject holds one cancel per round at most, and a
 * job that is already finished stays as it is.
 */
import { Inject, Injectable } from '@nestjs/common';
import { encode, mailboxSubjects, type CancelJob } from '@manyhands/proto';
import { BrokerLink } from '../bus/broker-link.ts';
import { withDeadline } from '../bus/deadline.ts';
import { jobNotFound } from '../edge/problem.ts';
import { Feeds } from '../mirror/feeds.ts';
import { digestOf, isLast } from '../mirror/job-digest.ts';
import { JobViews } from '../mirror/job-views.ts';
import { untilShown } from './command-shown.ts';

@Injectable()
export class JobCancellation {
  constructor(
    @Inject(BrokerLink) private readonly link: BrokerLink,
    @Inject(JobViews) private readonly views: JobViews,
    @Inject(Feeds) private readonly feeds: Feeds,
  ) {}

  /** Returns once the command is durable and, where a coordinator is there, shown. Throws 404, `unavailable`. */
  async cancel(tenant: string, jobId: string): Promise<void> {
    const now = await this.views.load(tenant, jobId);
    if (!now) throw jobNotFound();
    if (isLast(now)) return;
    const { round = 0 } = digestOf(now) ?? {};
    const command: CancelJob = { v: 1, type: 'CancelJob', job_id: jobId, tenant, requested_at: new Date().toISOString() };
    const stored = this.link
      .bus()
      .outbox.publishAll([
        { subject: mailboxSubjects.cancel(jobId, round), data: encode(command), expectLastSubjectSequence: 0 },
      ]);
    await withDeadline(
      stored,
      'The job could not be cancelled in time because NATS does not answer; try again in a few seconds, repeating is safe.',
    );
    await untilShown(
      this.feeds.jobs,
      now.key,
      (entry) => isLast(entry) && (entry.gone || (digestOf(entry)?.round ?? 0) >= round),
    );
  }
}
