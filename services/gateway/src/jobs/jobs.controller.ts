/** `GET /v1/jobs/:id`, `GET /v1/jobs`, `DELETE /v1/jobs/:id`, and what else one job is asked for. */
import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { readBody } from '../contract/body.ts';
import { Queries, readQuery } from '../contract/query.ts';
import { refusals, schemaOf } from '../docs/responses.ts';
import { jobNotFound } from '../edge/problem.ts';
import { tenantOf, tenantsOf } from '../identity/caller.ts';
import { OfTenant } from '../identity/chosen-tenant.ts';
import { JobViews } from '../mirror/job-views.ts';
import { JobCancellation } from './cancel-job.ts';
import { JobDeleting } from './delete-job.ts';
import { JobPages } from './job-pages.ts';
import { JobPausing } from './pause-job.ts';
import { JobListQuery } from './page-query.ts';
import { chosenIn, RequeueBody } from './chosen-chunks.ts';
import { JobRequeueing, type RequeuedJob } from './requeue-job.ts';

const json = 'application/json; charset=utf-8';

@ApiTags('jobs')
@Controller('v1/jobs')
export class JobsController {
  constructor(
    @Inject(JobViews) private readonly views: JobViews,
    @Inject(JobPages) private readonly pages: JobPages,
    @Inject(JobCancellation) private readonly cancellation: JobCancellation,
    @Inject(JobPausing) private readonly pausing: JobPausing,
    @Inject(JobRequeueing) private readonly requeueing: JobRequeueing,
    @Inject(JobDeleting) private readonly deleting: JobDeleting,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'List jobs',
    description:
      'Newest first. `next_cursor` leads to the next page; null on the last. Of a search a page may have fewer jobs than asked for, or none, and lead on.',
  })
  @Queries(JobListQuery)
  @ApiResponse({ status: 200, ...schemaOf('JobPage') })
  @OfTenant('any')
  @refusals(400, 422, 503)
  async list(@Req() request: FastifyRequest, @Query() query: Record<string, unknown>, @Res() reply: FastifyReply): Promise<void> {
    const page = await this.pages.read(tenantsOf(request.raw), readQuery(JobListQuery, query));
    void reply.type(json).send(page);
  }

  @Get(':id')
  @ApiOperation({ summary: 'Get a job', description: 'The job as it is now: status, progress, chunk map, result.' })
  @ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } })
  @ApiResponse({ status: 200, ...schemaOf('JobView') })
  @OfTenant()
  @refusals(404, 503)
  async get(@Req() request: FastifyRequest, @Param('id') jobId: string, @Res() reply: FastifyReply): Promise<void> {
    const view = await this.views.load(tenantOf(request.raw), jobId);
    if (!view?.value) throw jobNotFound();
    void reply.type(json).send(Buffer.from(view.value));
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({
    summary: 'Cancel a job',
    description: 'Every worker stops computing it. Repeating is safe; a finished job stays as it is.',
  })
  @ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } })
  @ApiResponse({ status: 204, description: 'The cancellation is stored.' })
  @OfTenant()
  @refusals(404, 503)
  async cancel(@Req() request: FastifyRequest, @Param('id') jobId: string): Promise<void> {
    await this.cancellation.cancel(tenantOf(request.raw), jobId);
  }

  @Post(':id/pause')
  @HttpCode(204)
  @ApiOperation({
    summary: 'Pause a job',
    description:
      'Until it is resumed nothing of it is computed; chunks that are being computed now wait again. Repeating is safe.',
  })
  @ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } })
  @ApiResponse({ status: 204, description: 'The command is stored.' })
  @OfTenant()
  @refusals(404, 409, 503)
  async pause(@Req() request: FastifyRequest, @Param('id') jobId: string): Promise<void> {
    await this.pausing.pause(tenantOf(request.raw), jobId);
  }

  @Post(':id/resume')
  @HttpCode(204)
  @ApiOperation({ summary: 'Resume a paused job', description: 'It continues where it was paused. Repeating is safe.' })
  @ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } })
  @ApiResponse({ status: 204, description: 'The command is stored.' })
  @OfTenant()
  @refusals(404, 409, 503)
  async resume(@Req() request: FastifyRequest, @Param('id') jobId: string): Promise<void> {
    await this.pausing.resume(tenantOf(request.raw), jobId);
  }

  @Post(':id/requeue')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Run the dead chunks of a job again',
    description:
      'Only dead chunks, and chunks that a failed job did not start, run again; what was computed counts. Possible for a job that failed, or completed with gaps, within the retention. The dead letters of what runs again are removed.',
  })
  @ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } })
  @ApiBody({ type: RequeueBody, required: false })
  @ApiResponse({ status: 202, ...schemaOf('JobRequeued') })
  @OfTenant()
  @refusals(400, 404, 409, 413, 415, 422, 429, 503)
  async requeue(@Req() request: FastifyRequest, @Param('id') jobId: string, @Body() body: unknown): Promise<RequeuedJob> {
    const chosen = chosenIn(readBody(RequeueBody, body ?? {}));
    return this.requeueing.requeue(tenantOf(request.raw), jobId, chosen);
  }

  @Post(':id/delete')
  @HttpCode(204)
  @ApiOperation({
    summary: 'Delete a job that is over',
    description:
      'Its result, files, logs, leases, dead letters and share links are removed at once, before the retention is over, and it cannot be requeued. Its input stays as long as others, and so does its row in the history. `DELETE` cancels a job.',
  })
  @ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } })
  @ApiResponse({ status: 204, description: 'Nothing of it can be read any more.' })
  @OfTenant()
  @refusals(404, 409, 503)
  async delete(@Req() request: FastifyRequest, @Param('id') jobId: string): Promise<void> {
    await this.deleting.delete(tenantOf(request.raw), jobId);
  }
}
