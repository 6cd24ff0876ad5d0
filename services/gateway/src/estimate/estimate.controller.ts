/** `GET /v1/kinds/:id/estimate`. */
import { Controller, Get, Inject, Param, Query, Req } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { limits, type Answer } from '@manyhands/proto';
import { slotsOf } from '@manyhands/proto/worker-slots';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Field } from '../contract/field.ts';
import { Queries, readQuery } from '../contract/query.ts';
import { refusals, schemaOf } from '../docs/responses.ts';
import { cut, invalidFields, notFound } from '../edge/problem.ts';
import { JobHistory } from '../history/job-history.ts';
import { tenantOf } from '../identity/caller.ts';
import { OfTenant } from '../identity/chosen-tenant.ts';
import { KindCatalog } from '../kinds/kind-catalog.ts';
import { WorkerRoster } from '../workers/worker-roster.ts';
import { estimateOf, PAST_JOBS_MAX } from './estimate.ts';

class EstimateQuery {
  @Field(z.string().max(limits.estimateParamsCharsMax), {
    description: 'Parameters of the job, as JSON. Without them: those of the example of the kind.',
  })
  params?: string;

  @Field(z.int().min(1).max(limits.chunkCountMax), {
    description: 'Number of chunks the work would be split into. Without it: the usual number of the kind.',
  })
  chunks?: number;
}

@ApiTags('kinds')
@Controller('v1/kinds')
export class EstimateController {
  constructor(
    @Inject(KindCatalog) private readonly catalog: KindCatalog,
    @Inject(WorkerRoster) private readonly roster: WorkerRoster,
    @Inject(JobHistory) private readonly history: JobHistory,
  ) {}

  @Get(':id/estimate')
  @ApiOperation({
    summary: 'How long would a job take?',
    description: `From the newest ${PAST_JOBS_MAX} completed jobs of the kind that the caller has: those whose parameters are the same, apart from numbers, on the slots that are there now. The kind is named with its version, like \`report-v2\`.`,
  })
  @ApiParam({ name: 'id', schema: { type: 'string' } })
  @Queries(EstimateQuery)
  @OfTenant()
  @ApiResponse({ status: 200, ...schemaOf('KindEstimate') })
  @refusals(400, 404, 422, 503)
  async estimate(
    @Req() request: FastifyRequest,
    @Param('id') kind: string,
    @Query() query: Record<string, unknown>,
  ): Promise<Answer<'KindEstimate'>> {
    const asked = readQuery(EstimateQuery, query);
    const given = asked.params === undefined ? undefined : paramsIn(asked.params);
    const registration = (await this.catalog.listNow()).find((each) => each.kind === kind);
    if (registration === undefined) throw notFound(`There is no kind "${cut(kind)}"; GET /v1/kinds lists those there are.`);
    const { example, default_chunks: usual, input } = registration;
    const { jobs, busy = [] } = await this.history.completed(tenantOf(request.raw), kind, PAST_JOBS_MAX);
    const busyOf = new Map(busy.map(({ job_id: id, busy_ms: ms, slots }) => [id, { sec: ms / 1_000, slots }]));
    const past = jobs.flatMap(({ job_id: id, params, total_chunks: chunks, duration_sec: sec }) =>
      sec === null ? [] : [{ params, chunks, sec, busy: busyOf.get(id) }],
    );
    const slots = this.roster
      .live()
      .filter((worker) => !worker.draining && worker.kinds.includes(kind))
      .reduce((sum, worker) => sum + slotsOf(worker, kind).slots, 0);
    return estimateOf(past, { params: given ?? example, chunks: asked.chunks ?? usual, ofInput: input !== undefined }, slots);
  }
}

/** Throws 422. */
function paramsIn(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalidFields([
      { loc: ['query', 'params'], msg: 'must be the JSON of an object, like {"n":1000}', type: 'object_type' },
    ]);
  return value as Record<string, unknown>;
}
