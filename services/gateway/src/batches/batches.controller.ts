/** `POST|GET /v1/batches`, `GET /v1/batches/:id`, `POST /v1/batches/:id/cancel`: jobs of the kind `llm`, as OpenAI's libraries know them. */
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Req } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { COMPLETION_WINDOW_MS, isFinal, limits, LLM_KIND, type Answer, type JobView, type LlmParams } from '@manyhands/proto';
import type { FastifyRequest } from 'fastify';
import { readBody } from '../contract/body.ts';
import { Queries, readQuery } from '../contract/query.ts';
import { openAiRefusals, schemaOf } from '../docs/responses.ts';
import { CompatJobs } from '../compat/compat-jobs.ts';
import { badRequest, conflict, notFound, Problem } from '../edge/problem.ts';
import { tenantOf } from '../identity/caller.ts';
import { OfTenant } from '../identity/chosen-tenant.ts';
import { JobCancellation } from '../jobs/cancel-job.ts';
import { JobPages } from '../jobs/job-pages.ts';
import { KindCatalog } from '../kinds/kind-catalog.ts';
import { Limited } from '../limits/limit.guard.ts';
import { JobViews } from '../mirror/job-views.ts';
import { BatchFiles } from './batch-files.ts';
import { readBatchId } from './batch-ids.ts';
import { BatchBody, BatchListQuery } from './batch-queries.ts';
import { batchOf, batchParams, type Batch } from './batch-view.ts';

const IdParam = ApiParam({ name: 'id', schema: { type: 'string' } });

@ApiTags('compatible routes')
@Controller('v1/batches')
export class BatchesController {
  constructor(
    @Inject(BatchFiles) private readonly files: BatchFiles,
    @Inject(CompatJobs) private readonly jobs: CompatJobs,
    @Inject(KindCatalog) private readonly kinds: KindCatalog,
    @Inject(JobPages) private readonly pages: JobPages,
    @Inject(JobViews) private readonly views: JobViews,
    @Inject(JobCancellation) private readonly cancellation: JobCancellation,
  ) {}

  @Post()
  @Limited('submits')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Create a batch',
    description:
      'Submits a job of the kind `llm`, whose items are the lines of a file. What the job leaves is its output file and its error file.',
  })
  @ApiBody({ type: BatchBody })
  @ApiResponse({ status: 200, ...schemaOf('OpenAiBatch') })
  @openAiRefusals(400, 404, 413, 415, 422, 429, 503)
  async create(@Req() request: FastifyRequest, @Body() given: unknown): Promise<Batch> {
    const { input_file_id: fileId = '', endpoint, metadata } = readBody(BatchBody, given);
    const tenant = tenantOf(request.raw);
    const kept = metadata === undefined ? undefined : metadataOf(metadata);
    const { input_id: inputId, batch: file } = await this.files.loadInput(tenant, fileId);
    if (file.endpoint !== endpoint)
      throw badRequest(`The requests of ${fileId} are for ${file.endpoint}; create the batch with that endpoint.`);
    this.#demandModelServer();
    const params: LlmParams = {
      endpoint: file.endpoint,
      until: new Date(Date.now() + COMPLETION_WINDOW_MS).toISOString(),
      ...(kept && { metadata: kept }),
    };
    return this.#read(tenant, await this.jobs.submit(tenant, { kind: LLM_KIND, params, input: inputId }));
  }

  @Get()
  @ApiOperation({ summary: 'List batches', description: 'Newest first.' })
  @Queries(BatchListQuery)
  @OfTenant()
  @ApiResponse({ status: 200, ...schemaOf('OpenAiBatchPage') })
  @openAiRefusals(400, 422, 503)
  async list(@Req() request: FastifyRequest, @Query() query: Record<string, unknown>): Promise<Answer<'OpenAiBatchPage'>> {
    const { limit, after } = readQuery(BatchListQuery, query);
    const tenant = tenantOf(request.raw);
    const from = after === undefined ? undefined : readBatchId(after);
    if (after !== undefined && from === undefined) throw badRequest('after must be the id of a batch.');
    const { jobs, hasMore } = await this.#page(tenant, limit, from);
    const data = await Promise.all(jobs.map((view) => this.#batchOf(view)));
    return { object: 'list', data, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null, has_more: hasMore };
  }

  @Get(':id')
  @ApiOperation({ summary: 'Get a batch' })
  @IdParam
  @OfTenant()
  @ApiResponse({ status: 200, ...schemaOf('OpenAiBatch') })
  @openAiRefusals(404, 503)
  get(@Req() request: FastifyRequest, @Param('id') id: string): Promise<Batch> {
    return this.#read(tenantOf(request.raw), jobOf(id));
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @ApiOperation({ summary: 'Cancel a batch', description: 'What was answered until then is not kept.' })
  @IdParam
  @OfTenant()
  @ApiResponse({ status: 200, ...schemaOf('OpenAiBatch') })
  @openAiRefusals(404, 409, 503)
  async cancel(@Req() request: FastifyRequest, @Param('id') id: string): Promise<Batch> {
    const tenant = tenantOf(request.raw);
    const jobId = jobOf(id);
    const { status } = await this.#read(tenant, jobId);
    if (['completed', 'failed', 'expired'].includes(status))
      throw conflict(`The batch is ${status}, and cannot be cancelled any more.`);
    await this.cancellation.cancel(tenant, jobId);
    return this.#read(tenant, jobId);
  }

  /** Throws 404 for a job that is no batch. */
  async #read(tenant: string, jobId: string): Promise<Batch> {
    const view = await this.jobs.read(tenant, jobId).catch((error: unknown) => {
      throw error instanceof Problem && error.getStatus() === 404 ? noBatch() : error;
    });
    if (batchParams(view) === undefined) throw noBatch();
    return this.#batchOf(view);
  }

  /** Of a job that is a batch. */
  async #batchOf(view: JobView): Promise<Batch> {
    const isBeingCancelled = !isFinal(view.status) && (await this.views.isBeingCancelled(view.job_id, view.round ?? 0));
    return batchOf(view, batchParams(view)!, isBeingCancelled);
  }

  /** Other jobs of the kind are left out. */
  async #page(tenant: string, limit: number, from: string | undefined): Promise<{ jobs: JobView[]; hasMore: boolean }> {
    const jobs: JobView[] = [];
    let cursor: string | undefined = from;
    do {
      const page = await this.pages.readViews(tenant, { kind: LLM_KIND, limit: limits.pageSizeMax, cursor });
      jobs.push(...page.jobs.filter((view) => batchParams(view) !== undefined));
      cursor = page.nextCursor;
    } while (jobs.length <= limit && cursor !== undefined);
    return { jobs: jobs.slice(0, limit), hasMore: jobs.length > limit };
  }

  #demandModelServer(): void {
    if (this.kinds.list().some(({ kind }) => kind === LLM_KIND)) return;
    throw badRequest(
      'No worker here asks a model server. The operator sets MANYHANDS_LLM_URL, like http://127.0.0.1:11434/v1, and starts compute again.',
    );
  }
}

function jobOf(id: string): string {
  const jobId = readBatchId(id);
  if (jobId === undefined) throw noBatch();
  return jobId;
}

function noBatch(): Problem {
  return notFound('No such batch.');
}

/** Throws 400. */
function metadataOf(given: Record<string, unknown>): Record<string, string> {
  const entries = Object.entries(given);
  const { batchMetadataMax: countMax, batchMetadataNameCharsMax: nameMax, batchMetadataValueCharsMax: valueMax } = limits;
  if (entries.length > countMax) throw badRequest(`metadata may have ${countMax} names at most.`);
  for (const [name, value] of entries) {
    if (name.length > nameMax) throw badRequest(`metadata: a name may have ${nameMax} characters at most.`);
    if (typeof value !== 'string' || value.length > valueMax)
      throw badRequest(`metadata: a value must be a text of ${valueMax} characters at most.`);
  }
  return Object.fromEntries(entries) as Record<string, string>;
}
