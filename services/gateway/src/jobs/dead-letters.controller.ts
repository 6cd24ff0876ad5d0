/** `GET /v1/dead-letters`, `DELETE /v1/dead-letters/:id`. */
import { Controller, Delete, Get, HttpCode, Inject, Param, Query, Req } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import { JobId, limits } from '@manyhands/proto';
import type { FastifyRequest } from 'fastify';
import { refusals, schemaOf } from '../docs/responses.ts';
import { badRequest } from '../edge/problem.ts';
import { tenantOf } from '../identity/tenant.ts';
import { DeadLetters, type DeadLetterPage } from './dead-letters.ts';
import { readLimit } from './page-query.ts';

@ApiTags('dead letters')
@Controller('v1/dead-letters')
export class DeadLettersController {
  constructor(@Inject(DeadLetters) private readonly letters: DeadLetters) {}

  @Get()
  @ApiOperation({
    summary: 'List dead chunks',
    description: 'Each with the history of its attempts; oldest first. A requeue of the job removes its letters.',
  })
  @ApiQuery({
    name: 'job_id',
    required: false,
    description: 'Only those of this job.',
    schema: { type: 'string', format: 'uuid' },
  })
  @ApiQuery({ name: 'limit', required: false, schema: { type: 'integer', minimum: 1, maximum: limits.pageSizeMax, default: 20 } })
  @ApiQuery({ name: 'cursor', required: false, schema: { type: 'string' } })
  @ApiResponse({ status: 200, ...schemaOf('DeadLetterPage') })
  @refusals(400, 422, 503)
  async list(@Req() request: FastifyRequest, @Query() query: Record<string, unknown>): Promise<DeadLetterPage> {
    const { job_id: jobId, cursor } = query;
    const job = JobId.safeParse(jobId);
    if (jobId !== undefined && !job.success)
      throw badRequest('job_id must be the id of a job; leave it out for the letters of all jobs.');
    return this.letters.read(tenantOf(request.raw), {
      limit: readLimit(query),
      afterSequence: readCursor(cursor),
      ...(job.success && { jobId: job.data }),
    });
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Discard a dead letter', description: 'The chunk stays dead; only the letter is removed.' })
  @ApiParam({ name: 'id', schema: { type: 'string' } })
  @ApiResponse({ status: 204, description: 'It is removed.' })
  @refusals(404, 503)
  async discard(@Req() request: FastifyRequest, @Param('id') id: string): Promise<void> {
    await this.letters.discard(tenantOf(request.raw), id);
  }
}

function readCursor(cursor: unknown): number {
  if (cursor === undefined) return 0;
  const sequence = typeof cursor === 'string' && /^\d{1,16}$/.test(cursor) ? Number(cursor) : 0;
  if (!(sequence >= 1 && sequence <= Number.MAX_SAFE_INTEGER))
    throw badRequest('cursor must be the next_cursor of an earlier page; leave it out to start at the oldest letter.');
  return sequence;
}
