/** `GET /v1/me/statistics`. */
import { Controller, Get, Inject, Req } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Answer } from '@manyhands/proto';
import type { FastifyRequest } from 'fastify';
import { refusals, schemaOf } from '../docs/responses.ts';
import { tenantOf } from '../identity/caller.ts';
import { OfTenant } from '../identity/chosen-tenant.ts';
import { JobPages } from '../jobs/job-pages.ts';
import { JobHistory } from './job-history.ts';

@ApiTags('jobs')
@Controller('v1/me/statistics')
export class StatisticsController {
  constructor(
    @Inject(JobHistory) private readonly history: JobHistory,
    @Inject(JobPages) private readonly jobs: JobPages,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'Count the jobs of the caller',
    description: 'Those that have not ended, and all that ended within MANYHANDS_HISTORY_DAYS.',
  })
  @ApiResponse({ status: 200, ...schemaOf('JobStatistics') })
  @OfTenant()
  @refusals(503)
  async read(@Req() request: FastifyRequest): Promise<Answer<'JobStatistics'>> {
    const tenant = tenantOf(request.raw);
    const { count: running, again } = await this.jobs.unfinished(tenant);
    const ended = await this.history.statistics(tenant, again);
    return { total: ended.completed + ended.failed + ended.cancelled + running, running, ...ended, kinds: ended.kinds ?? [] };
  }
}
