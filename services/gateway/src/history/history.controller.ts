/** `GET /v1/history`. */
import { Controller, Get, Inject, Query, Req } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { HistoryPage } from '@manyhands/proto';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Field } from '../contract/field.ts';
import { Queries, readQuery } from '../contract/query.ts';
import { refusals, schemaOf } from '../docs/responses.ts';
import { tenantOf } from '../identity/tenant.ts';
import { JobPageQuery } from '../jobs/page-query.ts';
import { JobHistory } from './job-history.ts';

const problem = 'must be a time in UTC like 2026-11-28T06:30:00Z';

class HistoryQuery extends JobPageQuery {
  @Field(z.iso.datetime(), { problem, description: 'Only jobs submitted at this time or later.' })
  from?: string;

  @Field(z.iso.datetime(), { problem, description: 'Only jobs submitted before this time.' })
  to?: string;
}

@ApiTags('jobs')
@Controller('v1/history')
export class HistoryController {
  constructor(@Inject(JobHistory) private readonly history: JobHistory) {}

  @Get()
  @ApiOperation({
    summary: 'List finished jobs',
    description:
      'Also those that `GET /v1/jobs` does not list any more: they are kept for MANYHANDS_HISTORY_DAYS. Newest first by the time of submission. A page ends early where its jobs are large; `next_cursor` leads to the next page; null on the last.',
  })
  @Queries(HistoryQuery)
  @ApiResponse({ status: 200, ...schemaOf('HistoryPage') })
  @refusals(400, 422, 503)
  async list(
    @Req() request: FastifyRequest,
    @Query() query: Record<string, unknown>,
  ): Promise<Pick<HistoryPage, 'jobs' | 'next_cursor'>> {
    const { limit, cursor, ...filter } = readQuery(HistoryQuery, query);
    return this.history.read({
      tenant: tenantOf(request.raw),
      ...filter,
      limit,
      ...(cursor !== undefined && { before: cursor }),
    });
  }
}
