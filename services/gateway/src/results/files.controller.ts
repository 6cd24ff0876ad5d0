/** `GET /v1/jobs/:id/files`, `GET /v1/jobs/:id/files/:name`: the files that the task code of a job left. */
import { Controller, Get, Inject, Param, Query, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { type Answer, FileName, limits } from '@manyhands/proto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Field } from '../contract/field.ts';
import { Queries, readQuery } from '../contract/query.ts';
import { refusals, schemaOf } from '../docs/responses.ts';
import { tenantOf } from '../identity/caller.ts';
import { OfTenant } from '../identity/chosen-tenant.ts';
import { Downloads } from './downloads.ts';
import { JobFiles } from './job-files.ts';

class FilesQuery {
  @Field(z.int().min(1).max(limits.pageSizeMax), { default: limits.pageSizeDefault })
  limit!: number;

  @Field(FileName, { problem: 'must be the next_cursor of an earlier page; leave it out to start at the beginning' })
  cursor?: string;
}

const IdParam = ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } });

@ApiTags('jobs')
@Controller('v1/jobs')
export class FilesController {
  constructor(
    @Inject(JobFiles) private readonly files: JobFiles,
    @Inject(Downloads) private readonly downloads: Downloads,
  ) {}

  @Get(':id/files')
  @ApiOperation({
    summary: 'List the files of a job',
    description:
      'Those that its task code has left until now (`context.file`), in the order of their chunks, also while the job runs. A chunk that failed afterwards has left its files all the same. They are kept as long as the job.',
  })
  @IdParam
  @OfTenant()
  @Queries(FilesQuery)
  @ApiResponse({ status: 200, ...schemaOf('FilePage') })
  @refusals(400, 404, 422, 503)
  list(
    @Req() request: FastifyRequest,
    @Param('id') jobId: string,
    @Query() query: Record<string, unknown>,
  ): Promise<Answer<'FilePage'>> {
    const { limit, cursor } = readQuery(FilesQuery, query);
    return this.files.page(tenantOf(request.raw), jobId, { limit, after: cursor });
  }

  @Get(':id/files/:name')
  @ApiOperation({
    summary: 'Read a file of a job',
    description:
      'Its bytes, as an attachment of the type that its task code stated. `Range` asks for a part of them, also with `If-Range`: so a download that was cut off goes on where it ended.',
  })
  @IdParam
  @OfTenant()
  @ApiParam({ name: 'name', schema: { type: 'string' } })
  @ApiResponse({ status: 200, description: 'The file.', content: { 'application/octet-stream': {} } })
  @ApiResponse({ status: 206, description: 'The part that `Range` asks for.', content: { 'application/octet-stream': {} } })
  @ApiResponse({ status: 304, description: 'It is that of the `ETag` in `If-None-Match`.' })
  @refusals(404, 410, 416, 503)
  async file(
    @Req() request: FastifyRequest,
    @Param('id') jobId: string,
    @Param('name') name: string,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { record, pieces } = await this.files.open(tenantOf(request.raw), jobId, name);
    // Whatever type task code states: no page of the gateway's own origin is made of it.
    void reply.header('content-security-policy', "default-src 'none'; sandbox").header('x-content-type-options', 'nosniff');
    await this.downloads.send(request, reply, {
      type: record.media_type,
      fileName: record.name,
      version: record.stored.name,
      length: record.stored.bytes,
      pieces: pieces({ from: 0, bytes: record.stored.bytes }),
      part: pieces,
    });
  }
}
