/**
 * The same for every job that fits, page by page: newest first, so many of a page at a time.
 *
 * Invariant: nothing is kept between two pages. Each job is asked as it would be alone, so a job that is over meanwhile is a failure of its own, and a page that is asked
 * for twice changes nothing twice.
 */
import { Inject, Injectable } from '@nestjs/common';
import { limits, parseJobKey, type Answer } from '@manyhands/proto';
import { askEach } from './ask-each.ts';
import { JobCancellation } from './cancel-job.ts';
import { JobDeleting } from './delete-job.ts';
import { isOpenTo, type JobAction } from './job-action.ts';
import type { JobSearch } from './job-list.ts';
import { JobPages } from './job-pages.ts';
import { JobPausing } from './pause-job.ts';
import { JobRequeueing } from './requeue-job.ts';

export interface BulkPage {
  action: JobAction;
  search: JobSearch;
  limit?: number | undefined;
  cursor?: string | undefined;
}

@Injectable()
export class BulkAction {
  constructor(
    @Inject(JobPages) private readonly pages: JobPages,
    @Inject(JobCancellation) private readonly cancellation: JobCancellation,
    @Inject(JobPausing) private readonly pausing: JobPausing,
    @Inject(JobRequeueing) private readonly requeueing: JobRequeueing,
    @Inject(JobDeleting) private readonly deleting: JobDeleting,
  ) {}

  /** Throws `unavailable` before the first job of the page; what a single job is refused with stands in the answer. */
  async carryOut(tenant: string, { action, search, limit = limits.bulkJobsMax, cursor }: BulkPage): Promise<Answer<'BulkPage'>> {
    const { entries, nextCursor } = await this.pages.find(tenant, {
      ...search,
      isOpen: (digest) => isOpenTo(action, digest),
      limit,
      cursor,
    });
    const refused = await askEach(
      entries.map(({ key }) => parseJobKey(key)!.jobId),
      (jobId) => this.#ask(action, tenant, jobId),
    );
    const failures = refused.map(({ job, detail }) => ({ job_id: job, detail }));
    return { done: entries.length - failures.length, failures, next_cursor: nextCursor ?? null };
  }

  async #ask(action: JobAction, tenant: string, jobId: string): Promise<void> {
    if (action === 'requeue') await this.requeueing.requeue(tenant, jobId);
    else if (action === 'cancel') await this.cancellation.cancel(tenant, jobId);
    else if (action === 'delete') await this.deleting.delete(tenant, jobId);
    else await this.pausing[action](tenant, jobId);
  }
}
