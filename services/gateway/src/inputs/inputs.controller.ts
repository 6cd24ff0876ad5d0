/** `POST /v1/inputs`, `GET /v1/inputs/:id`, `DELETE /v1/inputs/:id`: what the chunks of jobs are cut from. */
import { Controller, Delete, Get, HttpCode, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { limits, type Answer, type InputRecord } from '@manyhands/proto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Queries, readQuery } from '../contract/query.ts';
import { refusals, schemaOf } from '../docs/responses.ts';
import { Streamed } from '../edge/body-reading.ts';
import { Problem } from '../edge/problem.ts';
import { tenantOf } from '../identity/caller.ts';
import { OfTenant } from '../identity/chosen-tenant.ts';
import { KindCatalog, type KnownKind } from '../kinds/kind-catalog.ts';
import { problemOfUpload } from './input-flaw.ts';
import { UploadQuery } from './input-query.ts';
import { InputStore } from './input-store.ts';
import { formFor, readsRecords, takesNone } from './input-use.ts';
import { formOf, UPLOAD_TYPES } from './record-source.ts';
import { uploadPieces } from './upload-pieces.ts';
import { UploadSeats } from './upload-seats.ts';

const ofText = { schema: { type: 'string' } };

@ApiTags('inputs')
@Controller('v1/inputs')
export class InputsController {
  constructor(
    @Inject(InputStore) private readonly inputs: InputStore,
    @Inject(KindCatalog) private readonly kinds: KindCatalog,
    @Inject(UploadSeats) private readonly seats: UploadSeats,
  ) {}

  @Post()
  @Streamed()
  @HttpCode(201)
  @ApiOperation({
    summary: 'Upload an input',
    description: `Stored while it arrives, and cut between its records. Answers when all of it is stored; what is cut off leaves nothing. At most ${limits.inputBytesMax / 1024 ** 3} GiB, ${limits.inputRecordsMax} records (any number in the form table), and ${limits.partBytesMax / 1024} KiB a record. A record that is wrong is refused with its line, and so is a whole number beyond 2^53 that no JSON reader of the kind would keep. An input that no job has used for a day is removed.`,
  })
  @Queries(UploadQuery)
  @ApiBody({ required: true, ...({ content: Object.fromEntries(UPLOAD_TYPES.map((type) => [type, ofText])) } as object) })
  @ApiResponse({
    status: 201,
    ...schemaOf('InputView', 'Stored: the id goes into "input" of a job.'),
    headers: { location: { description: 'Where it is.', schema: { type: 'string' } } },
  })
  @refusals(400, 413, 415, 422, 429, 503)
  async upload(
    @Req() request: FastifyRequest,
    @Query() query: Record<string, unknown>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Answer<'InputView'>> {
    try {
      const view = viewOf(await this.#upload(request, readQuery(UploadQuery, query)));
      void reply.header('location', `/v1/inputs/${view.input_id}`);
      return view;
    } catch (error) {
      // Else the rest of it would be read to its end, for nothing.
      if (!request.raw.complete) void reply.header('connection', 'close');
      throw problemOfUpload(error);
    }
  }

  async #upload(request: FastifyRequest, { form: asked, kind: name }: UploadQuery): Promise<InputRecord> {
    const kind = name === undefined ? undefined : this.kinds.demand(name);
    if (kind?.registration.input === undefined && kind !== undefined) throw takesNone(kind.registration.kind);
    const form = asked ?? sentForm(request.headers['content-type'], kind);
    return this.seats.during(request, () =>
      this.inputs.store({
        tenant: tenantOf(request.raw),
        form,
        source: uploadPieces(request.raw, { bytesMax: limits.inputBytesMax }),
        check: form === 'csv' ? kind?.row : kind?.item,
        isRead: kind && readsRecords(kind.registration),
        bytes: Number(request.headers['content-length'] ?? 0),
      }),
    );
  }

  @Get(':id')
  @ApiOperation({ summary: 'Get an input', description: 'How many records it has, and in which form it was sent.' })
  @ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } })
  @ApiResponse({ status: 200, ...schemaOf('InputView') })
  @OfTenant()
  @refusals(404, 409, 503)
  async get(@Req() request: FastifyRequest, @Param('id') inputId: string): Promise<Answer<'InputView'>> {
    return viewOf(await this.inputs.load(tenantOf(request.raw), inputId));
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Remove an input', description: 'Refused while a job that has not ended needs it.' })
  @ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } })
  @ApiResponse({ status: 204, description: 'It is removed.' })
  @OfTenant()
  @refusals(404, 409, 503)
  async remove(@Req() request: FastifyRequest, @Param('id') inputId: string): Promise<void> {
    await this.inputs.remove(tenantOf(request.raw), inputId);
  }
}

/** Throws 415 when nothing states the form. */
function sentForm(contentType: string | undefined, kind: KnownKind | undefined) {
  const stated = contentType === undefined ? undefined : formOf(contentType);
  const form = (kind && formFor(kind.registration, stated)) ?? stated;
  if (form === undefined)
    throw new Problem(
      415,
      `State the form of the input: ?form=ndjson, json, csv, table, lines or bytes, or a Content-Type like ${UPLOAD_TYPES.join(', ')}.`,
    );
  return form;
}

function viewOf({ input_id, form, records, bytes, created_at }: InputRecord): Answer<'InputView'> {
  return { input_id, form, records, bytes, created_at };
}
