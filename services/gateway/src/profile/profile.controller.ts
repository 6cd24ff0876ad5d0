/** `GET /v1/jobs/:id/profile`. */
import { Controller, Get, Inject, Param, Req } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { decode, ifReadable, JobId, JobView } from '@manyhands/proto';
import type { FastifyRequest } from 'fastify';
import { refusals, schemaOf } from '../docs/responses.ts';
import { jobNotFound, unavailable } from '../edge/problem.ts';
import { tenantOf } from '../identity/caller.ts';
import { JobHistory } from '../history/job-history.ts';
import { OfTenant } from '../identity/chosen-tenant.ts';
import { JobViews } from '../mirror/job-views.ts';
import { WorkerRoster } from '../workers/worker-roster.ts';
import { profileOf, type JobProfile } from './profile.ts';

@ApiTags('jobs')
@Controller('v1/jobs')
export class ProfileController {
  constructor(
    @Inject(JobViews) private readonly views: JobViews,
    @Inject(WorkerRoster) private readonly roster: WorkerRoster,
    @Inject(JobHistory) private readonly history: JobHistory,
  ) {}

  @Get(':id/profile')
  @ApiOperation({
    summary: 'Why is a job slow?',
    description:
      'Where its time went, what each slot did, which chunks took longest, and what to do. Bounded in size, however many chunks there are. Of a job that runs: until now. Of one that `GET /v1/jobs/:id` does not have any more: from history.',
  })
  @ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } })
  @OfTenant()
  @ApiResponse({ status: 200, ...schemaOf('JobProfile') })
  @refusals(404, 503)
  async profile(@Req() request: FastifyRequest, @Param('id') jobId: string): Promise<JobProfile> {
    const tenant = tenantOf(request.raw);
    const { value } = (await this.views.load(tenant, jobId)) ?? {};
    if (value === undefined) return this.#ofHistory(tenant, jobId);
    const view = ifReadable(() => decode(JobView, value));
    if (view === undefined) throw unavailable('The job was stored by another release; update the gateway to the same one.');
    const isHeld = this.roster.live().some(({ leases }) => leases.some((lease) => lease.job_id === jobId));
    return profileOf(view, { nowMs: Date.now(), isHeld });
  }

  /** Of a job that is kept no longer than in history. */
  async #ofHistory(tenant: string, jobId: string): Promise<JobProfile> {
    const id = JobId.safeParse(jobId.toLowerCase());
    const kept = id.success ? await this.history.kept(tenant, id.data) : undefined;
    if (kept === undefined) throw jobNotFound();
    const { job, timing } = kept;
    return profileOf({ ...job, ...(timing && { timing }) }, { nowMs: Date.now(), isHeld: false });
  }
}
