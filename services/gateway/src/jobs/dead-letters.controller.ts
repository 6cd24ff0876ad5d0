/** `GET /v1/dead-letters`, `DELETE /v1/dead-letters/:id`. */
import { Controller, Delete, Get, HttpCode, Inject, Param, Query, Req } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Queries, readQuery } from '../contract/query.ts';
import { refusals, schemaOf } from '../docs/responses.ts';
import { tenantOf, tenantsOf } from '../identity/caller.ts';
import { OfTenant } from '../identity/chosen-tenant.ts';
import { DeadLetters, type DeadLetterPage } from './dead-letters.ts';
import { DeadLetterQuery } from './page-query.ts';

@ApiTags('dead letters')
@Controller('v1/dead-letters')
export class DeadLettersController {
  constructor(@Inject(DeadLetters) private readonly letters: DeadLetters) {}

  @Get()
  @ApiOperation({
    summary: 'List dead chunks',
    description: 'Each with the history of its attempts; oldest first. A requeue of the job removes its letters.',
  })
  @Queries(DeadLetterQuery)
  @ApiResponse({ status: 200, ...schemaOf('DeadLetterPage') })
  @OfTenant('any')
  @refusals(400, 422, 503)
  async list(@Req() request: FastifyRequest, @Query() query: Record<string, unknown>): Promise<DeadLetterPage> {
    const { job_id: jobId, limit, cursor } = readQuery(DeadLetterQuery, query);
    return this.letters.read(tenantsOf(request.raw), { limit, afterSequence: Number(cursor ?? 0), ...(jobId && { jobId }) });
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Discard a dead letter', description: 'The chunk stays dead; only the letter is removed.' })
  @ApiParam({ name: 'id', schema: { type: 'string' } })
  @ApiResponse({ status: 204, description: 'It is removed.' })
  @OfTenant()
  @refusals(404, 503)
  async discard(@Req() request: FastifyRequest, @Param('id') id: string): Promise<void> {
    await this.letters.discard(tenantOf(request.raw), id);
  }
}
