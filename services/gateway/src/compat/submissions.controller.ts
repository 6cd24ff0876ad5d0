/** `GET /api/queue/stats`, `POST /api/submissions/execute` and `GET /api/submissions/status/:id`, as the scaled API behind a load balancer has them. */
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Req } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { JsonObject, type Answer, type JobStatus } from '@manyhands/proto';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { readBody } from '../contract/body.ts';
import { Field } from '../contract/field.ts';
import { refusals, schemaOf } from '../docs/responses.ts';
import { badRequest } from '../edge/problem.ts';
import { Access } from '../identity/access.ts';
import { tenantOf } from '../identity/caller.ts';
import { OfTenant } from '../identity/chosen-tenant.ts';
import { Limited } from '../limits/limit.guard.ts';
import { NewestStats } from '../workers/newest-stats.ts';
import { CompatJobs } from './compat-jobs.ts';
import { printingScript } from './printing-script.ts';
import { failureOf } from './task-state.ts';

/** As it kept code. */
const codeCharsMax = 50_000;

class ExecuteBody {
  @Field(z.string().max(codeCharsMax), {
    description:
      'JavaScript, as the kind `script` takes it; without a function `map` at its top level it is run as a program, and what it prints with `console` is the result.',
    required: true,
  })
  code?: string;

  @Field(z.enum(['javascript']), { default: 'javascript' })
  language?: string;

  @Field(JsonObject, { description: 'The other parameters of the kind `script`.' })
  params?: Record<string, unknown>;
}

const statusWords: Readonly<Record<JobStatus, Answer<'CompatSubmission'>['status']>> = {
  pending: 'pending',
  running: 'processing',
  paused: 'processing',
  completed: 'graded',
  failed: 'error',
  cancelled: 'error',
};

@ApiTags('compatible routes')
@Controller('api')
export class SubmissionsController {
  constructor(
    @Inject(CompatJobs) private readonly jobs: CompatJobs,
    @Inject(NewestStats) private readonly newest: NewestStats,
  ) {}

  @Get('queue/stats')
  @Access('admin')
  @ApiOperation({ summary: 'Count jobs by state', description: 'Of all users. A paused job is called delayed.' })
  @ApiResponse({ status: 200, ...schemaOf('CompatQueueStats') })
  @refusals(503)
  async stats(): Promise<Answer<'CompatQueueStats'>> {
    const { jobs } = (await this.newest.now()).stats;
    const { pending = 0, running = 0, paused = 0, completed = 0, failed = 0 } = jobs as Partial<Record<JobStatus, number>>;
    return { waiting: pending, active: running, completed, failed, delayed: paused };
  }

  @Post('submissions/execute')
  @Limited('executions')
  @HttpCode(202)
  @ApiOperation({ summary: 'Run code', description: 'Submits a job of the kind `script`; a worker must have it.' })
  @ApiBody({
    type: ExecuteBody,
    examples: {
      program: { value: { code: 'console.log("Hello, World!");', language: 'javascript' } },
      script: { value: { code: 'export const map = (i) => i * i;', language: 'javascript' } },
    },
  })
  @ApiResponse({ status: 202, ...schemaOf('CompatSubmissionAccepted') })
  @refusals(400, 413, 415, 422, 429, 503)
  async execute(@Req() request: FastifyRequest, @Body() given: unknown): Promise<Answer<'CompatSubmissionAccepted'>> {
    const { code = '', params = {} } = readBody(ExecuteBody, given);
    if (code.trim() === '') throw badRequest('code is empty; send the JavaScript to run.');
    const id = await this.jobs.submit(tenantOf(request.raw), {
      kind: 'script',
      params: { ...params, code: printingScript(code) },
    });
    return { submission_id: id, job_id: id, status: 'pending' };
  }

  @Get('submissions/status/:id')
  @OfTenant()
  @ApiOperation({ summary: 'Get a submission' })
  @ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } })
  @ApiResponse({ status: 200, ...schemaOf('CompatSubmission') })
  @refusals(404, 503)
  async status(@Req() request: FastifyRequest, @Param('id') jobId: string): Promise<Answer<'CompatSubmission'>> {
    const view = await this.jobs.read(tenantOf(request.raw), jobId);
    return {
      submission_id: view.job_id,
      status: statusWords[view.status],
      progress: view.progress,
      result: view.result,
      error: failureOf(view),
    };
  }
}
