/** `GET /v1/jobs/count`, `POST /v1/jobs/bulk`: many jobs at once. */
import { Body, Controller, Get, HttpCode, Inject, Post, Query, Req } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Answer } from '@manyhands/proto';
import type { FastifyRequest } from 'fastify';
import { readBody } from '../contract/body.ts';
import { Queries, readQuery } from '../contract/query.ts';
import { refusals, schemaOf } from '../docs/responses.ts';
import { tenantOf, tenantsOf } from '../identity/caller.ts';
import { OfTenant } from '../identity/chosen-tenant.ts';
import { BulkAction } from './bulk-action.ts';
import { BulkBody, JobCountQuery, searchOf } from './bulk-query.ts';
import { isOpenTo } from './job-action.ts';
import { JobPages } from './job-pages.ts';

@ApiTags('jobs')
@Controller('v1/jobs')
export class BulkController {
  constructor(
    @Inject(JobPages) private readonly pages: JobPages,
    @Inject(BulkAction) private readonly bulk: BulkAction,
  ) {}

  @Get('count')
  @ApiOperation({
    summary: 'Count jobs',
    description:
      'How many jobs fit, and the newest of them, which `up_to` of `POST /v1/jobs/bulk` takes: jobs that are submitted later are left alone.',
  })
  @Queries(JobCountQuery)
  @ApiResponse({ status: 200, ...schemaOf('JobCount') })
  @OfTenant('any')
  @refusals(400, 422, 503)
  async count(@Req() request: FastifyRequest, @Query() query: Record<string, unknown>): Promise<Answer<'JobCount'>> {
    const { action, ...search } = readQuery(JobCountQuery, query);
    const { count, newest, complete } = await this.pages.count(tenantsOf(request.raw), {
      ...search,
      ...(action && { isOpen: (digest) => isOpenTo(action, digest) }),
    });
    return { count, newest: newest ?? null, complete };
  }

  @Post('bulk')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Cancel, pause, resume, requeue or delete all jobs that fit',
    description:
      'One page of them, newest first; `next_cursor` leads to the next, null after the last. Jobs whose state does not allow the action are passed over. A page that is asked for again changes nothing twice.',
  })
  @ApiBody({ type: BulkBody })
  @ApiResponse({ status: 200, ...schemaOf('BulkPage') })
  @OfTenant()
  @refusals(400, 422, 503)
  async carryOut(@Req() request: FastifyRequest, @Body() body: unknown): Promise<Answer<'BulkPage'>> {
    const asked = readBody(BulkBody, body);
    const { action, limit, cursor } = asked;
    return this.bulk.carryOut(tenantOf(request.raw), { action, limit, cursor, search: searchOf(asked) });
  }
}
