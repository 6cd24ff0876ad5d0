/** `GET|POST /jobs`, `GET /jobs/:id`, `/jobs/queue-depths`, `/jobs/dead-letter/list` and `POST /jobs/:id/requeue`, as the queue with three lanes has them. */
import { Body, Controller, Get, Header, HttpCode, Inject, Param, Post, Query, Req } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { JOB_STATUSES, limits, type Answer } from '@manyhands/proto';
import type { FastifyRequest } from 'fastify';
import { readBody } from '../contract/body.ts';
import { Queries, readQuery } from '../contract/query.ts';
import { refusals, schemaOf } from '../docs/responses.ts';
import { Access } from '../identity/access.ts';
import { tenantOf } from '../identity/caller.ts';
import { OfTenant } from '../identity/chosen-tenant.ts';
import { Limited } from '../limits/limit.guard.ts';
import { DeadLetters } from '../jobs/dead-letters.ts';
import { JobPages } from '../jobs/job-pages.ts';
import { JobRequeueing } from '../jobs/requeue-job.ts';
import { NewestStats } from '../workers/newest-stats.ts';
import { CompatJobs, kindNamed } from './compat-jobs.ts';
import { depthsOf, jobOf, LaneJobBody, LaneJobsQuery, laneOf, statusWord } from './lane-job.ts';

/** Entries of each list, as there. */
const listedMax = 100;

@ApiTags('compatible routes')
@Controller('jobs')
export class LaneJobsController {
  constructor(
    @Inject(CompatJobs) private readonly jobs: CompatJobs,
    @Inject(JobPages) private readonly pages: JobPages,
    @Inject(DeadLetters) private readonly letters: DeadLetters,
    @Inject(JobRequeueing) private readonly requeueing: JobRequeueing,
    @Inject(NewestStats) private readonly newest: NewestStats,
  ) {}

  @Post()
  @Limited('submits')
  @HttpCode(201)
  @ApiOperation({ summary: 'Submit a job', description: 'Submits a job of the kind `type` with the parameters `payload`.' })
  @ApiBody({ type: LaneJobBody, examples: { primes: { value: { type: 'primes', payload: { n: 200_000 }, priority: 'high' } } } })
  @ApiResponse({ status: 201, ...schemaOf('CompatJob') })
  @refusals(400, 413, 415, 422, 429, 503)
  async submit(@Req() request: FastifyRequest, @Body() given: unknown): Promise<Answer<'CompatJob'>> {
    const { type = '', payload, priority = 'medium' } = readBody(LaneJobBody, given);
    const tenant = tenantOf(request.raw);
    const order = { kind: kindNamed(type), params: payload, priority: laneOf[priority] };
    return jobOf(await this.jobs.read(tenant, await this.jobs.submit(tenant, order)));
  }

  @Get()
  @OfTenant()
  @Header('vary', 'Accept')
  @ApiOperation({
    summary: 'List jobs',
    description: 'The newest 100. A browser that opens this address gets the page of the dashboard.',
  })
  @Queries(LaneJobsQuery)
  @ApiResponse({ status: 200, ...schemaOf('CompatJobs') })
  @refusals(422, 503)
  async list(@Req() request: FastifyRequest, @Query() query: Record<string, unknown>): Promise<Answer<'CompatJobs'>> {
    const { status } = readQuery(LaneJobsQuery, query);
    const tenant = tenantOf(request.raw);
    const limit = Math.min(listedMax, limits.pageSizeMax);
    const wanted = status === undefined ? [undefined] : JOB_STATUSES.filter((own) => statusWord(own) === status);
    const pages = await Promise.all(wanted.map((own) => this.pages.readViews(tenant, { status: own, limit })));
    return pages
      .flatMap((page) => page.jobs)
      .toSorted((one, other) => (one.job_id < other.job_id ? 1 : -1))
      .slice(0, limit)
      .map(jobOf);
  }

  @Get('queue-depths')
  @Access('admin')
  @ApiOperation({ summary: 'How much waits in each lane', description: 'Leases of all users that wait for a slot.' })
  @ApiResponse({ status: 200, ...schemaOf('CompatQueueDepths') })
  @refusals(503)
  async depths(): Promise<Answer<'CompatQueueDepths'>> {
    return depthsOf((await this.newest.now()).stats);
  }

  @Get('dead-letter/list')
  @OfTenant()
  @ApiOperation({
    summary: 'List dead letters',
    description: 'Chunks that failed on their last attempt: the 100 oldest, of these the newest first.',
  })
  @ApiResponse({ status: 200, ...schemaOf('CompatDeadLetters') })
  @refusals(503)
  async dead(@Req() request: FastifyRequest): Promise<Answer<'CompatDeadLetters'>> {
    const { dead_letters: letters } = await this.letters.read(tenantOf(request.raw), { limit: listedMax, afterSequence: 0 });
    return letters.toReversed().map(({ id, job_id, kind, error, runs, died_at }) => ({
      _id: id,
      jobId: job_id,
      type: kind,
      error: error.message,
      attempts: runs.length,
      failedAt: died_at,
    }));
  }

  @Get(':id')
  @OfTenant()
  @Header('vary', 'Accept')
  @ApiOperation({ summary: 'Get a job', description: 'A browser that opens this address gets the page of the dashboard.' })
  @ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } })
  @ApiResponse({ status: 200, ...schemaOf('CompatJob') })
  @refusals(404, 503)
  async get(@Req() request: FastifyRequest, @Param('id') jobId: string): Promise<Answer<'CompatJob'>> {
    return jobOf(await this.jobs.read(tenantOf(request.raw), jobId));
  }

  @Post(':id/requeue')
  @OfTenant()
  @HttpCode(200)
  @ApiOperation({ summary: 'Run the dead chunks of a job again' })
  @ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } })
  @ApiResponse({ status: 200, ...schemaOf('CompatRequeued') })
  @refusals(404, 409, 503)
  async requeue(@Req() request: FastifyRequest, @Param('id') jobId: string): Promise<Answer<'CompatRequeued'>> {
    const tenant = tenantOf(request.raw);
    await this.requeueing.requeue(tenant, jobId);
    return { message: 'Job requeued successfully', job: jobOf(await this.jobs.read(tenant, jobId)) };
  }
}
