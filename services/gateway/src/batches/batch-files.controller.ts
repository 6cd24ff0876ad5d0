/** `POST|GET /v1/files`, `GET|DELETE /v1/files/:id`, `GET /v1/files/:id/content`: the files of batches, as OpenAI's libraries upload and read them. */
import { Controller, Delete, Get, HttpCode, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { limits, type Answer } from '@manyhands/proto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Queries, readQuery } from '../contract/query.ts';
import { openAiRefusals, schemaOf } from '../docs/responses.ts';
import { Streamed } from '../edge/body-reading.ts';
import { badRequest } from '../edge/problem.ts';
import { tenantOf } from '../identity/caller.ts';
import { OfTenant } from '../identity/chosen-tenant.ts';
import { problemOfUpload } from '../inputs/input-flaw.ts';
import { uploadPieces } from '../inputs/upload-pieces.ts';
import { UploadSeats } from '../inputs/upload-seats.ts';
import { Downloads } from '../results/downloads.ts';
import { FORMATS } from '../results/line-formats.ts';
import { BatchFiles } from './batch-files.ts';
import { fileOfInput, type BatchFile } from './batch-view.ts';
import { FileListQuery, UploadBody } from './batch-queries.ts';
import { flawIn, readUploadForm } from './upload-form.ts';

/** What a form has around its file. */
const formBytesMax = 64 * 1024;
const IdParam = ApiParam({ name: 'id', schema: { type: 'string' } });

@ApiTags('compatible routes')
@Controller('v1/files')
export class BatchFilesController {
  constructor(
    @Inject(BatchFiles) private readonly files: BatchFiles,
    @Inject(UploadSeats) private readonly seats: UploadSeats,
    @Inject(Downloads) private readonly downloads: Downloads,
  ) {}

  @Post()
  @Streamed()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Upload the file of a batch',
    description: `Requests of the Batch API of OpenAI, one on each line, all to one address and each with a custom_id of its own: at most ${limits.batchRequestsMax} lines, ${limits.partBytesMax / 1024} KiB a line, and ${limits.batchFileBytesMax / 1024 ** 2} MiB. Checked while it arrives: a line that is wrong is refused with its number. A file that no batch has used for a day is removed.`,
  })
  @ApiConsumes('multipart/form-data')
  @ApiBody({ required: true, type: UploadBody })
  @ApiResponse({ status: 200, ...schemaOf('OpenAiFile') })
  @openAiRefusals(400, 413, 415, 429, 503)
  async upload(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<BatchFile> {
    try {
      return await this.seats.during(request, () => this.#upload(request));
    } catch (error) {
      // Else the rest of it would be read to its end, for nothing.
      if (!request.raw.complete) void reply.header('connection', 'close');
      throw problemOfUpload(error);
    }
  }

  async #upload(request: FastifyRequest): Promise<BatchFile> {
    const tenant = tenantOf(request.raw);
    const pieces = uploadPieces(request.raw, { bytesMax: limits.batchFileBytesMax + formBytesMax });
    const { fields, taken } = await readUploadForm(pieces, request.headers['content-type'], (name, bytes) =>
      this.files.store(tenant, name, bytes),
    );
    const file = fileOfInput(taken);
    const problem = flawIn(fields);
    if (problem === undefined) return file;
    await this.files.remove(tenant, file.id).catch(() => undefined);
    throw badRequest(problem);
  }

  @Get()
  @ApiOperation({ summary: 'List the files of batches', description: 'Those that were uploaded.' })
  @Queries(FileListQuery)
  @OfTenant()
  @ApiResponse({ status: 200, ...schemaOf('OpenAiFilePage') })
  @openAiRefusals(400, 422, 503)
  async list(@Req() request: FastifyRequest, @Query() query: Record<string, unknown>): Promise<Answer<'OpenAiFilePage'>> {
    const { limit, after, order, purpose = 'batch' } = readQuery(FileListQuery, query);
    const all = purpose === 'batch' ? await this.files.list(tenantOf(request.raw)) : [];
    const sorted = order === 'asc' ? all.toReversed() : all;
    const isAfter = ({ id }: BatchFile): boolean => after === undefined || (order === 'asc' ? id > after : id < after);
    const rest = sorted.filter(isAfter);
    const data = rest.slice(0, limit);
    return {
      object: 'list',
      data,
      first_id: data[0]?.id ?? null,
      last_id: data.at(-1)?.id ?? null,
      has_more: rest.length > data.length,
    };
  }

  @Get(':id')
  @ApiOperation({ summary: 'Get a file of a batch' })
  @IdParam
  @OfTenant()
  @ApiResponse({ status: 200, ...schemaOf('OpenAiFile') })
  @openAiRefusals(404, 409, 410, 503)
  get(@Req() request: FastifyRequest, @Param('id') id: string): Promise<BatchFile> {
    return this.files.load(tenantOf(request.raw), id);
  }

  @Get(':id/content')
  @ApiOperation({
    summary: 'Read a file of a batch',
    description: 'What was uploaded, or what a batch left: a line for each request, in the order in which they were sent.',
  })
  @IdParam
  @OfTenant()
  @ApiResponse({ status: 200, description: 'The lines.', content: { 'application/x-ndjson': {} } })
  @openAiRefusals(404, 409, 410, 503)
  async content(@Req() request: FastifyRequest, @Param('id') id: string, @Res() reply: FastifyReply): Promise<void> {
    const pieces = await this.files.content(tenantOf(request.raw), id);
    await this.downloads.send(request, reply, { type: FORMATS.bare.type, fileName: `${id}.jsonl`, pieces });
  }

  @Delete(':id')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Remove a file of a batch',
    description: 'Refused while a batch that has not ended needs it, and for what a batch left: that is removed with the batch.',
  })
  @IdParam
  @OfTenant()
  @ApiResponse({ status: 200, ...schemaOf('OpenAiFileDeleted') })
  @openAiRefusals(404, 409, 503)
  async remove(@Req() request: FastifyRequest, @Param('id') id: string): Promise<Answer<'OpenAiFileDeleted'>> {
    await this.files.remove(tenantOf(request.raw), id);
    return { id, object: 'file', deleted: true };
  }
}
