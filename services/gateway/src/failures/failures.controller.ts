/** `GET /v1/failures`, and of one group `GET /v1/failures/:id`, `POST …/requeue`, `POST …/discard`. */
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Req } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Answer } from '@manyhands/proto';
import { wordsOf } from '@manyhands/proto/job-search';
import type { FastifyRequest } from 'fastify';
import { readBody } from '../contract/body.ts';
import { Queries, readQuery } from '../contract/query.ts';
import { refusals, schemaOf } from '../docs/responses.ts';
import { ALL_TENANTS, tenantOf, tenantsOf } from '../identity/caller.ts';
import { OfTenant } from '../identity/chosen-tenant.ts';
import { FailureGroups } from './failure-groups.ts';
import { FailureQuery, GroupBody, GroupJobsQuery, GroupRequeueBody } from './failure-query.ts';
import { GroupAction, noSuchGroup } from './group-action.ts';
import { groupAnswer, isWanted, jobAnswer, jobsOf } from './group-view.ts';

const fingerprint = { name: 'id', description: 'The fingerprint of the group.', schema: { type: 'string' } } as const;
const page =
  'One page of its jobs, newest first; `next_cursor` leads to the next, null after the last. A page that is asked for again changes nothing twice.';

@ApiTags('dead letters')
@Controller('v1/failures')
export class FailuresController {
  constructor(
    @Inject(FailureGroups) private readonly groups: FailureGroups,
    @Inject(GroupAction) private readonly action: GroupAction,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'List what went wrong',
    description:
      'Dead letters of all jobs, grouped by what they have in common: the code of the error, and its message without addresses, quotes, ids and numbers.',
  })
  @Queries(FailureQuery)
  @ApiResponse({ status: 200, ...schemaOf('FailureGroups') })
  @OfTenant('any')
  @refusals(400, 422, 503)
  async list(@Req() request: FastifyRequest, @Query() query: Record<string, unknown>): Promise<Answer<'FailureGroups'>> {
    const { kind, text, limit } = readQuery(FailureQuery, query);
    const { groups, letters, complete } = await this.groups.read(tenantsOf(request.raw));
    const words = wordsOf(text ?? '');
    const wanted = groups.filter((group) => isWanted(group, kind, words));
    const nowMs = Date.now();
    return {
      groups: wanted.slice(0, limit).map((group) => groupAnswer(group, nowMs)),
      total: wanted.length,
      letters,
      complete,
    };
  }

  @Get(':id')
  @ApiOperation({
    summary: 'List the jobs of a group',
    description: 'Each with its chunks, and whether they may run again without its other dead chunks.',
  })
  @ApiParam(fingerprint)
  @Queries(GroupJobsQuery)
  @ApiResponse({ status: 200, ...schemaOf('FailureGroupJobs') })
  @OfTenant('any')
  @refusals(400, 404, 422, 503)
  async jobs(
    @Req() request: FastifyRequest,
    @Param('id') id: string,
    @Query() query: Record<string, unknown>,
  ): Promise<Answer<'FailureGroupJobs'>> {
    const { limit, cursor } = readQuery(GroupJobsQuery, query);
    const tenant = tenantsOf(request.raw);
    const group = await this.groups.find(tenant, id);
    if (group === undefined) throw noSuchGroup();
    const left = jobsOf(group.failures).filter(({ jobId }) => cursor === undefined || jobId < cursor);
    const shown = left.slice(0, limit);
    const plans = await Promise.all(shown.map((job) => this.action.plan(job)));
    return {
      group: groupAnswer(group, Date.now()),
      up_to: String(group.failures.at(-1)!.sequence),
      jobs: shown.map((job, at) => jobAnswer(job, plans[at]!, tenant === ALL_TENANTS)),
      next_cursor: left.length > shown.length ? shown.at(-1)!.jobId : null,
    };
  }

  @Post(':id/requeue')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Run the chunks of a group again',
    description: `Each job runs these alone, and its other dead chunks stay dead. ${page}`,
  })
  @ApiParam(fingerprint)
  @ApiBody({ type: GroupRequeueBody, required: false })
  @ApiResponse({ status: 200, ...schemaOf('BulkPage') })
  @OfTenant()
  @refusals(400, 404, 413, 415, 422, 503)
  async requeue(@Req() request: FastifyRequest, @Param('id') id: string, @Body() body: unknown): Promise<Answer<'BulkPage'>> {
    const asked = readBody(GroupRequeueBody, body ?? {});
    return this.action.requeue(tenantOf(request.raw), id, asked);
  }

  @Post(':id/discard')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Discard the letters of a group',
    description: `Only the letters go; their chunks stay dead. ${page}`,
  })
  @ApiParam(fingerprint)
  @ApiBody({ type: GroupBody, required: false })
  @ApiResponse({ status: 200, ...schemaOf('BulkPage') })
  @OfTenant()
  @refusals(400, 404, 413, 415, 422, 503)
  async discard(@Req() request: FastifyRequest, @Param('id') id: string, @Body() body: unknown): Promise<Answer<'BulkPage'>> {
    return this.action.discard(tenantOf(request.raw), id, readBody(GroupBody, body ?? {}));
  }
}
