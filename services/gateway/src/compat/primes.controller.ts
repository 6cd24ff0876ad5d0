/** `POST /api/count-primes` and `GET /api/jobs/:id`, as the distributed prime counter has them. */
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Req } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Answer } from '@manyhands/proto';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { readBody } from '../contract/body.ts';
import { Field } from '../contract/field.ts';
import { refusals, schemaOf } from '../docs/responses.ts';
import { tenantOf } from '../identity/caller.ts';
import { OfTenant } from '../identity/chosen-tenant.ts';
import { Limited } from '../limits/limit.guard.ts';
import { CompatJobs } from './compat-jobs.ts';
import { failureOf, taskState } from './task-state.ts';

/** The counter refused less, because its chunks would have had nothing to do. */
const nMin = 10_000;
const chunksMax = 128;

class CountPrimesBody {
  @Field(z.int().min(nMin).max(Number.MAX_SAFE_INTEGER), { example: 200_000, required: true })
  n?: number;

  @Field(z.int().min(1).max(chunksMax), { example: 16, required: true })
  chunks?: number;
}

@ApiTags('compatible routes')
@Controller('api')
export class PrimesController {
  constructor(@Inject(CompatJobs) private readonly jobs: CompatJobs) {}

  @Post('count-primes')
  @Limited('submits')
  @HttpCode(202)
  @ApiOperation({ summary: 'Count primes', description: 'Submits a job of the kind `primes`.' })
  @ApiBody({ type: CountPrimesBody, examples: { primes: { value: { n: 200_000, chunks: 16 } } } })
  @ApiResponse({ status: 202, ...schemaOf('CompatPrimesAccepted') })
  @refusals(400, 413, 415, 422, 429, 503)
  async submit(@Req() request: FastifyRequest, @Body() given: unknown): Promise<Answer<'CompatPrimesAccepted'>> {
    const { n, chunks } = readBody(CountPrimesBody, given);
    return {
      job_id: await this.jobs.submit(tenantOf(request.raw), { kind: 'primes', params: { n }, chunks }),
      status: 'PENDING',
    };
  }

  @Get('jobs/:id')
  @OfTenant()
  @ApiOperation({
    summary: 'Get a job',
    description: 'Its state as task queues call it, its progress and, of a count of primes, its result.',
  })
  @ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } })
  @ApiResponse({ status: 200, ...schemaOf('CompatPrimes') })
  @refusals(404, 503)
  async get(@Req() request: FastifyRequest, @Param('id') jobId: string): Promise<Answer<'CompatPrimes'>> {
    const view = await this.jobs.read(tenantOf(request.raw), jobId);
    const n = view.params['n'];
    return {
      job_id: view.job_id,
      state: taskState(view),
      progress: { completed: view.completed_chunks + view.failed_chunks, total: view.total_chunks },
      result:
        view.status === 'completed'
          ? { prime_count: view.result, n: n === undefined ? null : n, duration_sec: view.duration_sec }
          : null,
      error: failureOf(view),
    };
  }
}
