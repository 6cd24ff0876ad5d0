/**
 * Runs the chunks of a group again, or removes its letters, job by job: newest first, so many of a page at a time.
 *
 * Invariant: nothing is kept between two pages. Each job is asked as it would be alone, so a job that refuses is a failure of its own, and a page that is asked for
 * twice changes nothing twice: what was done is no part of the group any more.
 */
import { Inject, Injectable } from '@nestjs/common';
import { purgeStored } from '@manyhands/broker';
import { deadSubjects, limits, type Answer, type JobView } from '@manyhands/proto';
import { BrokerLink } from '../bus/broker-link.ts';
import { withDeadline } from '../bus/deadline.ts';
import { conflict, notFound } from '../edge/problem.ts';
import { askEach } from '../jobs/ask-each.ts';
import { planOf, type RequeuePlan } from '../jobs/requeue-plan.ts';
import { JobRequeueing } from '../jobs/requeue-job.ts';
import { JobViews } from '../mirror/job-views.ts';
import { FailureGroups } from './failure-groups.ts';
import type { GroupBody, GroupRequeueBody } from './failure-query.ts';
import { jobsOf, type GroupJob, type Letter } from './group-view.ts';

/** Letters that are removed at once; their jobs follow one after the other. */
const PURGES_AT_ONCE = 32;

const tooSlow =
  'The letters could not be removed in time because NATS does not answer; try again in a few seconds, repeating is safe.';

@Injectable()
export class GroupAction {
  constructor(
    @Inject(BrokerLink) private readonly link: BrokerLink,
    @Inject(FailureGroups) private readonly groups: FailureGroups,
    @Inject(JobViews) private readonly views: JobViews,
    @Inject(JobRequeueing) private readonly requeueing: JobRequeueing,
  ) {}

  /** How the chunks that a group has of a job may run again. Throws `unavailable`. */
  async plan({ tenant, jobId, spans }: GroupJob): Promise<RequeuePlan> {
    const view = await this.views.load(tenant, jobId);
    return planOf(view?.value && (JSON.parse(Buffer.from(view.value).toString()) as JobView), spans);
  }

  /** Throws 404, `unavailable`; what a single job is refused with stands in the answer. */
  async requeue(tenant: string, fingerprint: string, { others, ...page }: GroupRequeueBody): Promise<Answer<'BulkPage'>> {
    return this.#each(tenant, fingerprint, page, async (job) => {
      const { requeue, detail } = await this.plan(job);
      const all = requeue === 'with others';
      if (all && others !== 'requeue') throw conflict(`${detail} Requeue them too.`);
      await this.requeueing.requeue(tenant, job.jobId, all ? undefined : job.spans);
    });
  }

  /** Throws 404, `unavailable`. */
  async discard(tenant: string, fingerprint: string, page: GroupBody): Promise<Answer<'BulkPage'>> {
    return this.#each(tenant, fingerprint, page, ({ letters }) => this.#remove(letters), 1);
  }

  async #each(
    tenant: string,
    fingerprint: string,
    { up_to: upTo, limit = limits.bulkJobsMax, cursor }: GroupBody,
    ask: (job: GroupJob) => Promise<void>,
    atOnce?: number,
  ): Promise<Answer<'BulkPage'>> {
    const group = await this.groups.find(tenant, fingerprint);
    // Between two pages the rest of a group may go.
    if (group === undefined && cursor === undefined) throw noSuchGroup();
    const letters = (group?.failures ?? []).filter(({ sequence }) => sequence <= Number(upTo ?? Infinity));
    const left = jobsOf(letters).filter(({ jobId }) => cursor === undefined || jobId < cursor);
    const page = left.slice(0, limit);
    const refused = await askEach(page, ask, atOnce);
    return {
      done: page.length - refused.length,
      failures: refused.map(({ job, detail }) => ({ job_id: job.jobId, detail })),
      next_cursor: left.length > page.length ? page.at(-1)!.jobId : null,
    };
  }

  async #remove(letters: readonly Letter[]): Promise<void> {
    const { broker } = this.link.bus();
    const subjects = letters.map(({ tenant, job_id: jobId, round, begin }) => deadSubjects.chunk(tenant, jobId, round, begin));
    for (let from = 0; from < subjects.length; from += PURGES_AT_ONCE) {
      const removed = subjects.slice(from, from + PURGES_AT_ONCE).map((subject) => purgeStored(broker, 'dead', subject));
      await withDeadline(Promise.all(removed), tooSlow);
    }
  }
}

export function noSuchGroup(): Error {
  return notFound('No dead letter has this fingerprint.');
}
