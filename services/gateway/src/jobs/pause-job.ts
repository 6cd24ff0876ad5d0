/**
 * Asks a job's coordinator to pause it or to go on: stores the command in its mailbox. Repeatable; only a job that is over refuses.
 */
import { Inject, Injectable } from '@nestjs/common';
import { encode, isFinal, mailboxSubjects, type PauseJob, type ResumeJob } from '@manyhands/proto';
import { BrokerLink } from '../bus/broker-link.ts';
import { withDeadline } from '../bus/deadline.ts';
import { conflict, jobNotFound } from '../edge/problem.ts';
import { digestOf } from '../progress/job-digest.ts';
import { JobViews } from '../progress/job-views.ts';

@Injectable()
export class JobPausing {
  constructor(
    @Inject(BrokerLink) private readonly link: BrokerLink,
    @Inject(JobViews) private readonly views: JobViews,
  ) {}

  /** Returns once the command is durable. Throws 404, 409, `unavailable`. */
  async pause(tenant: string, jobId: string): Promise<void> {
    await this.#mustGoOn(tenant, jobId, 'paused');
    await this.#store(mailboxSubjects.pause(jobId), { v: 1, type: 'PauseJob', job_id: jobId, tenant, requested_at: new Date().toISOString() });
  }

  /** The same. */
  async resume(tenant: string, jobId: string): Promise<void> {
    await this.#mustGoOn(tenant, jobId, 'resumed');
    await this.#store(mailboxSubjects.resume(jobId), { v: 1, type: 'ResumeJob', job_id: jobId, tenant, requested_at: new Date().toISOString() });
  }

  async #mustGoOn(tenant: string, jobId: string, what: string): Promise<void> {
    const now = await this.views.load(tenant, jobId);
    if (!now || now.gone) throw jobNotFound();
    const status = digestOf(now)?.status;
    if (status !== undefined && isFinal(status)) throw conflict(`The job is ${status} already, so it cannot be ${what}.`);
  }

  async #store(subject: string, command: PauseJob | ResumeJob): Promise<void> {
    const stored = this.link.bus().outbox.publishAll([{ subject, data: encode(command) }]);
    await withDeadline(stored, 'The command could not be stored in time because NATS does not answer; try again in a few seconds, repeating is safe.');
  }
}
