/** `GET /v1/jobs/:id/results`, `…/failures`, `…/result`: what a job left. */
import { Controller, Get, Inject, Param, Query, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { limits } from '@manyhands/proto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Field } from '../contract/field.ts';
import { Queries, readQuery } from '../contract/query.ts';
import { refusals, schemaOf } from '../docs/responses.ts';
import { tenantOf } from '../identity/caller.ts';
import { OfTenant } from '../identity/chosen-tenant.ts';
import { Downloads } from './downloads.ts';
import { JobResults } from './job-results.ts';
import { FORMATS, LINE_FORMATS, type LineFormat } from './line-formats.ts';
import { rangeOf } from './result-lines.ts';

class LinesQuery {
  @Field(z.int().min(0).max(limits.inputRecordsMax), { description: 'Only lines of this item and later ones.' })
  from?: number;

  @Field(z.int().min(1).max(limits.inputRecordsMax), { description: 'Lines at most.' })
  limit?: number;
}

class ResultsQuery extends LinesQuery {
  @Field(z.enum(LINE_FORMATS), {
    default: 'lines',
    description:
      '`lines`: `{"index","output"}` a line. `bare`: the outputs alone. `json`: one array of the objects of `lines`. `csv`: RFC 4180, with a column `index` and one for each key of the first 1,000 outputs; where there are more, column `more` has the keys that came later, as JSON.',
  })
  format!: LineFormat;
}

const ndjson = 'application/x-ndjson; charset=utf-8';
const IdParam = ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } });
const lineOf = (name: 'ResultLine' | 'FailureLine') => ({ 'application/x-ndjson': schemaOf(name).content['application/json'] });

@ApiTags('jobs')
@Controller('v1/jobs')
export class ResultsController {
  constructor(
    @Inject(JobResults) private readonly results: JobResults,
    @Inject(Downloads) private readonly downloads: Downloads,
  ) {}

  @Get(':id/results')
  @ApiOperation({
    summary: 'Read the lines of a job',
    description:
      'Of a job whose kind merges nothing: what its chunks returned, a line for each item, in the order of the items, once the job is over. Items that failed have no line here but one in `failures`. An answer that is cut off ends its connection.',
  })
  @IdParam
  @Queries(ResultsQuery)
  @ApiResponse({
    status: 200,
    description: 'The lines.',
    content: { ...lineOf('ResultLine'), 'text/csv': {}, 'application/json': {} },
  })
  @ApiResponse({ status: 304, description: 'They are those of the `ETag` in `If-None-Match`.' })
  @OfTenant()
  @refusals(404, 409, 410, 503)
  async lines(
    @Req() request: FastifyRequest,
    @Param('id') jobId: string,
    @Query() query: Record<string, unknown>,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { format, ...asked } = readQuery(ResultsQuery, query);
    const { version, bytes, read } = await this.results.lines(tenantOf(request.raw), jobId);
    const { type, ending, write } = FORMATS[format];
    const isWhole = asked.from === undefined && asked.limit === undefined;
    await this.downloads.send(request, reply, {
      type,
      fileName: `results-${jobId}.${ending}`,
      version: [version, format, asked.from ?? 0, asked.limit ?? ''].join('.'),
      ...(format === 'bare' && isWhole && { length: bytes }),
      pieces: write(read(rangeOf(asked))),
    });
  }

  @Get(':id/failures')
  @ApiOperation({
    summary: 'Read the failures of a job',
    description:
      'A line for each item whose chunk is dead, in the order of the items, with the item as it was sent and the error of its last attempt. Those of the last requeue, or of the job itself; at any time. Without `item` where a chunk is no item, or the input is not stored any more. At most `limits.deadLettersPerRoundMax` chunks are listed.',
  })
  @IdParam
  @Queries(LinesQuery)
  @ApiResponse({ status: 200, description: 'The failures.', content: lineOf('FailureLine') })
  @OfTenant()
  @refusals(404, 503)
  async failures(
    @Req() request: FastifyRequest,
    @Param('id') jobId: string,
    @Query() query: Record<string, unknown>,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const asked = readQuery(LinesQuery, query);
    const read = await this.results.failures(tenantOf(request.raw), jobId);
    await this.downloads.send(request, reply, {
      type: ndjson,
      fileName: `failures-${jobId}.ndjson`,
      pieces: read(rangeOf(asked)),
    });
  }

  @Get(':id/result')
  @ApiOperation({
    summary: 'Read the answer of a job',
    description:
      'As JSON, once the job is completed, also when it is too large for `result` of the job. `Range` asks for a part of it, also with `If-Range`.',
  })
  @IdParam
  @ApiResponse({ status: 200, description: 'The answer.', content: { 'application/json': {} } })
  @ApiResponse({ status: 206, description: 'The part that `Range` asks for.', content: { 'application/json': {} } })
  @ApiResponse({ status: 304, description: 'It is that of the `ETag` in `If-None-Match`.' })
  @OfTenant()
  @refusals(404, 409, 410, 416, 503)
  async answer(@Req() request: FastifyRequest, @Param('id') jobId: string, @Res() reply: FastifyReply): Promise<void> {
    const { version, bytes, pieces } = await this.results.answer(tenantOf(request.raw), jobId);
    await this.downloads.send(request, reply, {
      type: FORMATS.json.type,
      fileName: `result-${jobId}.json`,
      version,
      length: bytes,
      pieces: pieces({ from: 0, bytes }),
      part: pieces,
    });
  }
}
