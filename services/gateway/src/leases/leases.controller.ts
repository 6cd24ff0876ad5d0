/** `GET /v1/jobs/:id/leases`: which slot had which chunks, and when. */
import { Controller, Get, Inject, Param, Req } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { readStored } from '@manyhands/broker';
import { answeredSubjects, type Answer } from '@manyhands/proto';
import type { FastifyRequest } from 'fastify';
import { BrokerLink } from '../bus/broker-link.ts';
import { withDeadline } from '../bus/deadline.ts';
import { refusals, schemaOf } from '../docs/responses.ts';
import { jobNotFound } from '../edge/problem.ts';
import { tenantOf } from '../identity/caller.ts';
import { OfTenant } from '../identity/chosen-tenant.ts';
import { JobViews } from '../mirror/job-views.ts';
import { listedLeases } from './listed-leases.ts';

@ApiTags('jobs')
@Controller('v1/jobs')
export class LeasesController {
  constructor(
    @Inject(JobViews) private readonly views: JobViews,
    @Inject(BrokerLink) private readonly link: BrokerLink,
  ) {}

  @Get(':id/leases')
  @ApiOperation({
    summary: 'Read which slot computed what, and when',
    description:
      'The leases of a job that have an answer: its chunks, worker and slot, when it began, how long it took, and how it ended. A job keeps its newest 5,000, for seven days; the newest come up to a second late.',
  })
  @ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } })
  @OfTenant()
  @ApiResponse({ status: 200, ...schemaOf('JobLeases') })
  @refusals(404, 503)
  async leases(@Req() request: FastifyRequest, @Param('id') jobId: string): Promise<Answer<'JobLeases'>> {
    const tenant = tenantOf(request.raw);
    const view = await this.views.load(tenant, jobId);
    if (view === undefined) throw jobNotFound();
    const stored = await withDeadline(
      readStored(this.link.bus().broker, 'answered', answeredSubjects.ofJob(tenant, jobId)),
      'The leases could not be read in time because NATS does not answer; try again in a few seconds.',
    );
    return { job_id: jobId.toLowerCase(), ...listedLeases(stored.map(({ data }) => data)) };
  }
}
