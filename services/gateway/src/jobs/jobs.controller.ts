/** `GET /v1/jobs/:id`, `GET /v1/jobs`, `DELETE /v1/jobs/:id`. */
import { Controller, Delete, Get, HttpCode, Inject, Param, Query, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import { JOB_STATUSES, limits } from '@manyhands/proto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { refusals, schemaOf } from '../docs/responses.ts';
import { jobNotFound } from '../edge/problem.ts';
import { tenantOf } from '../identity/tenant.ts';
import { JobViews } from '../progress/job-views.ts';
import { JobCancellation } from './cancel-job.ts';
import { JobPages } from './job-pages.ts';
import { readPageQuery } from './page-query.ts';

const json = 'application/json; charset=utf-8';

@ApiTags('jobs')
@Controller('v1/jobs')
export class JobsController {
  constructor(
    @Inject(JobViews) private readonly views: JobViews,
    @Inject(JobPages) private readonly pages: JobPages,
    @Inject(JobCancellation) private readonly cancellation: JobCancellation,
  ) {}

  @Get()
  @ApiOperation({ summary: 'List jobs', description: 'Newest first. `next_cursor` leads to the next page; null on the last.' })
  @ApiQuery({ name: 'status', required: false, enum: JOB_STATUSES })
  @ApiQuery({ name: 'kind', required: false, schema: { type: 'string' } })
  @ApiQuery({ name: 'limit', required: false, schema: { type: 'integer', minimum: 1, maximum: limits.pageSizeMax, default: 20 } })
  @ApiQuery({ name: 'cursor', required: false, schema: { type: 'string' } })
  @ApiResponse({ status: 200, ...schemaOf('JobPage') })
  @refusals(400, 422, 503)
  async list(@Req() request: FastifyRequest, @Query() query: Record<string, unknown>, @Res() reply: FastifyReply): Promise<void> {
    const page = await this.pages.read(tenantOf(request.raw), readPageQuery(query));
    void reply.type(json).send(page);
  }

  @Get(':id')
  @ApiOperation({ summary: 'Get a job', description: 'The job as it is now: status, progress, chunk map, result.' })
  @ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } })
  @ApiResponse({ status: 200, ...schemaOf('JobView') })
  @refusals(404, 503)
  async get(@Req() request: FastifyRequest, @Param('id') jobId: string, @Res() reply: FastifyReply): Promise<void> {
    const view = await this.views.load(tenantOf(request.raw), jobId);
    if (!view?.value) throw jobNotFound();
    void reply.type(json).send(Buffer.from(view.value));
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Cancel a job', description: 'Its computing stops wherever it runs. Repeating is safe; a finished job stays as it is.' })
  @ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } })
  @ApiResponse({ status: 204, description: 'The cancellation is stored.' })
  @refusals(404, 503)
  async cancel(@Req() request: FastifyRequest, @Param('id') jobId: string): Promise<void> {
    await this.cancellation.cancel(tenantOf(request.raw), jobId);
  }
}
