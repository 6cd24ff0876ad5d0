/** `GET /v1/jobs/:id/chunks`. */
import { Controller, Get, Inject, Param, Query, Req } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { decode, ifReadable, JobView, limits, type Answer } from '@manyhands/proto';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Field } from '../contract/field.ts';
import { Queries, readQuery } from '../contract/query.ts';
import { refusals, schemaOf } from '../docs/responses.ts';
import { jobNotFound, unavailable } from '../edge/problem.ts';
import { tenantOf } from '../identity/caller.ts';
import { OfTenant } from '../identity/chosen-tenant.ts';
import { JobViews } from '../mirror/job-views.ts';
import type { ChunkState } from './chunk-stories.ts';
import { JobChunks } from './job-chunks.ts';

class ChunkListQuery {
  @Field(z.enum(['done', 'leased', 'dead', 'waiting']), { description: 'Only chunks in this state.' })
  state?: ChunkState;

  @Field(z.int().min(1).max(limits.pageSizeMax), { default: limits.pageSizeDefault })
  limit!: number;

  @Field(z.string().regex(/^[0-9]{1,7}$/), {
    description: 'The chunk that the page begins with.',
    problem: 'must be the next_cursor of an earlier page, or the number of a chunk',
  })
  cursor?: string;
}

@ApiTags('jobs')
@Controller('v1/jobs')
export class ChunksController {
  constructor(
    @Inject(JobViews) private readonly views: JobViews,
    @Inject(JobChunks) private readonly chunks: JobChunks,
  ) {}

  @Get(':id/chunks')
  @ApiOperation({
    summary: 'List the chunks of a job',
    description:
      'Neighbours with the same story are one row. Which worker computed a chunk, when, and in which run is known while the job runs; of a job that is over only the state of its chunks is kept, and the runs of dead ones.',
  })
  @ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } })
  @Queries(ChunkListQuery)
  @OfTenant()
  @ApiResponse({ status: 200, ...schemaOf('ChunkPage') })
  @refusals(400, 404, 422, 503)
  async list(
    @Req() request: FastifyRequest,
    @Param('id') jobId: string,
    @Query() query: Record<string, unknown>,
  ): Promise<Answer<'ChunkPage'>> {
    const { state, limit, cursor } = readQuery(ChunkListQuery, query);
    const { value } = (await this.views.load(tenantOf(request.raw), jobId)) ?? {};
    if (value === undefined) throw jobNotFound();
    const view = ifReadable(() => decode(JobView, value));
    if (view === undefined) throw unavailable('The job was stored by another release; update the gateway to the same one.');
    return this.chunks.read(view, { from: Number(cursor ?? 0), limit, state });
  }
}
