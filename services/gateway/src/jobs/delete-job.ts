/**
 * Removes a job that is over, and what is stored of it: asks a coordinator to. Repeatable: a job that is gone is 404, as every job that never was.
 */
import { Inject, Injectable } from '@nestjs/common';
import { coreSubjects, decode, encode, JobDeletion, ManyhandsError, type DeleteJob } from '@manyhands/proto';
import { BrokerLink } from '../bus/broker-link.ts';
import { BUS_DEADLINE_MS } from '../bus/deadline.ts';
import { conflict, jobNotFound } from '../edge/problem.ts';
import { Feeds } from '../mirror/feeds.ts';
import { digestOf, isLast } from '../mirror/job-digest.ts';
import { JobViews } from '../mirror/job-views.ts';
import { ShareLinks } from '../shares/share-links.ts';
import { untilShown } from './command-shown.ts';

@Injectable()
export class JobDeleting {
  constructor(
    @Inject(BrokerLink) private readonly link: BrokerLink,
    @Inject(JobViews) private readonly views: JobViews,
    @Inject(Feeds) private readonly feeds: Feeds,
    @Inject(ShareLinks) private readonly links: ShareLinks,
  ) {}

  /** Returns once nothing of it can be read, here either. Throws 404, 409, `unavailable`. */
  async delete(tenant: string, jobId: string): Promise<void> {
    const now = await this.views.load(tenant, jobId);
    if (!now || now.gone) throw jobNotFound();
    const status = digestOf(now)?.status ?? 'running';
    if (!isLast(now)) throw conflict(`The job is ${status}, so it cannot be deleted. Cancel it first.`);
    const order: DeleteJob = { v: 1, type: 'DeleteJob', job_id: jobId, tenant };
    const outcome = await this.#ask(order);
    if (outcome === 'missing') throw jobNotFound();
    if (outcome === 'not over') throw conflict('The job was requeued a moment ago, so it cannot be deleted. Cancel it first.');
    await this.links.removeOf(tenant, jobId);
    await untilShown(this.feeds.jobs, now.key, (entry) => entry.gone);
  }

  async #ask(order: DeleteJob): Promise<JobDeletion['outcome']> {
    try {
      const answer = await this.link.bus().broker.request(coreSubjects.deleteJob, encode(order), BUS_DEADLINE_MS);
      return decode(JobDeletion, answer).outcome;
    } catch (cause) {
      throw new ManyhandsError(
        'unavailable',
        'The job could not be deleted: no coordinator answers, or it is of another release. Try again in a few seconds, repeating is safe.',
        { cause },
      );
    }
  }
}
