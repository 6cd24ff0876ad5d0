/**
 * What the compatible routes have in common: they submit and read jobs as `/v1/jobs` does, only under other names. Everything that guards `/v1/jobs` (checks of
 * parameters, room, limits) is behind the same calls, so it guards these routes too.
 */
import { Inject, Injectable } from '@nestjs/common';
import { decode, ifReadable, JobView } from '@manyhands/proto';
import { z } from 'zod';
import { jobNotFound, unavailable } from '../edge/problem.ts';
import { JobViews } from '../mirror/job-views.ts';
import { Submissions } from '../submit/submissions.ts';

@Injectable()
export class CompatJobs {
  constructor(
    @Inject(Submissions) private readonly submissions: Submissions,
    @Inject(JobViews) private readonly views: JobViews,
  ) {}

  /** Submits the body of a `POST /v1/jobs` and states the id. Throws its refusals. */
  async submit(tenant: string, body: object): Promise<string> {
    const { order } = await this.submissions.submit(tenant, body, undefined);
    if (order.type !== 'SubmitJob') throw new Error('Invariant: a compatible route makes a job, never a schedule');
    return order.job_id;
  }

  /** Throws 404, `unavailable`. */
  async read(tenant: string, jobId: string): Promise<JobView> {
    const { value } = (await this.views.load(tenant, jobId)) ?? {};
    if (value === undefined) throw jobNotFound();
    return readView(value);
  }
}

/** What other task queues call a kind: their names may have a `_` where ours have a `-`. */
export const TaskName = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,31}$/, 'must be the name of a kind, like primes or vector_processing');

export function kindNamed(name: string): string {
  return name.replaceAll('_', '-');
}

/** Throws `unavailable` for the view of another release. */
export function readView(value: Uint8Array): JobView {
  const view = ifReadable(() => decode(JobView, value));
  if (view === undefined)
    throw unavailable('The job was stored by another release, which this route cannot read; use GET /v1/jobs/:id.');
  return view;
}
