/** `POST /v1/jobs/demo`, `GET /v1/jobs/demo/:id`: a small sum, for visitors without an account. */
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Res } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { DEMO_TENANT, encode, limits, type Answer, type JobView } from '@manyhands/proto';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { readBody } from '../contract/body.ts';
import { Field } from '../contract/field.ts';
import { refusals, schemaOf } from '../docs/responses.ts';
import { jobNotFound } from '../edge/problem.ts';
import { Access } from '../identity/access.ts';
import { Limited } from '../limits/limit.guard.ts';
import { Quotas } from '../limits/quotas.ts';
import { JobViews } from '../mirror/job-views.ts';
import { JobSubmission } from '../submit/submit-job.ts';

class DemoBody {
  @Field(z.int().min(1).max(limits.demoNMax), { required: true, description: 'The sum is that of 1 to n.', example: 10_000 })
  n!: number;

  @Field(z.int().min(1).max(limits.demoChunksMax), {
    description: 'Number of chunks to split the work into.',
    default: limits.demoChunksMax,
  })
  chunks?: number;
}

@ApiTags('demo')
@Controller('v1/jobs/demo')
export class DemoController {
  constructor(
    @Inject(JobSubmission) private readonly jobs: JobSubmission,
    @Inject(JobViews) private readonly views: JobViews,
    @Inject(Quotas) private readonly quotas: Quotas,
  ) {}

  @Post()
  @HttpCode(202)
  @Access('public')
  @Limited('demo')
  @ApiOperation({
    summary: 'Submit a demo job',
    description: 'The sum of 1 to n, computed as every job is. It needs no account; all who have its id may read it.',
  })
  @ApiBody({ type: DemoBody })
  @ApiResponse({
    status: 202,
    ...schemaOf('JobAccepted', 'Stored.'),
    headers: { location: { description: 'Where it is.', schema: { type: 'string' } } },
  })
  @refusals(400, 413, 415, 422, 429, 503)
  async submit(@Body() given: unknown, @Res({ passthrough: true }) reply: FastifyReply): Promise<Answer<'JobAccepted'>> {
    const { n, chunks = limits.demoChunksMax } = readBody(DemoBody, given);
    const command = await this.jobs.commandOf(DEMO_TENANT, { n, chunks });
    const room = this.quotas.room(DEMO_TENANT);
    try {
      room.demand(command);
      await this.jobs.store(command);
    } finally {
      room.leave();
    }
    void reply.header('location', `/v1/jobs/demo/${command.job_id}`);
    return { job_id: command.job_id, status: 'pending', cached: false };
  }

  @Get(':id')
  @Access('public')
  @Limited('demo-reads')
  @ApiOperation({
    summary: 'Get a demo job',
    description: 'The job as it is now: status, progress, chunk map, result. Workers have no names here.',
  })
  @ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } })
  @ApiResponse({ status: 200, ...schemaOf('JobView') })
  @refusals(404, 429, 503)
  async get(@Param('id') jobId: string, @Res() reply: FastifyReply): Promise<void> {
    const view = await this.views.load(DEMO_TENANT, jobId);
    if (!view?.value) throw jobNotFound();
    void reply.type('application/json; charset=utf-8').send(Buffer.from(encode(shownToVisitors(view.value))));
  }
}

/** Without the names of workers, which have those of their hosts in them. */
function shownToVisitors(stored: Uint8Array): object {
  const { timing: _timing, ...view } = JSON.parse(Buffer.from(stored).toString()) as Partial<JobView>;
  const counts = Object.values(view.workers ?? {}).toSorted((one, other) => other - one);
  return { ...view, workers: Object.fromEntries(counts.map((count, at) => [`worker-${at + 1}`, count])) };
}
