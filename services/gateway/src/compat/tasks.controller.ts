/** `POST /tasks`, `GET /tasks/:id` and `GET /tasks/:id/stream`, as the reference for long-running APIs has them. */
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { JsonObject, JsonText, type Answer, type JobView } from '@manyhands/proto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { readBody } from '../contract/body.ts';
import { Field, fieldsOf, OpenField } from '../contract/field.ts';
import { refusals, schemaOf } from '../docs/responses.ts';
import { invalidFields, jobNotFound, Problem } from '../edge/problem.ts';
import { callerOf, tenantOf } from '../identity/caller.ts';
import { OfTenant } from '../identity/chosen-tenant.ts';
import { Ticketed } from '../identity/ticketed.ts';
import { Limited } from '../limits/limit.guard.ts';
import type { FeedEntry } from '../mirror/feed-entry.ts';
import { Feeds } from '../mirror/feeds.ts';
import { JobViews } from '../mirror/job-views.ts';
import { readLastEventId } from '../progress/sse/event-stream.ts';
import { EventStreams } from '../progress/sse/event-streams.ts';
import { openEventStream } from '../progress/sse/open-event-stream.ts';
import { JobResults } from '../results/job-results.ts';
import { linesOf } from '../results/whole-lines.ts';
import { CompatJobs, kindNamed, readView, TaskName } from './compat-jobs.ts';
import { taskOf } from './task-state.ts';

/** What the reference runs when no `task_type` is named. */
const usualType = 'vector_processing';
const scrapeType = 'web_scrape';

class TaskBody {
  @Field(TaskName, {
    default: usualType,
    description:
      'The kind, with `_` for `-`. `web_scrape` is the kind `scrape` with the one item `url`; of any other the rest of the body is its `params`.',
  })
  task_type?: string;

  @OpenField({ type: 'array', items: { type: 'number' } })
  vector_data?: unknown;

  @Field(JsonObject)
  metadata?: Record<string, unknown>;

  @Field(z.int().min(0).max(86_400), { unit: 'seconds' })
  duration?: number;

  @Field(z.string().max(2_000))
  url?: string;
}

@ApiTags('compatible routes')
@Controller('tasks')
export class TasksController {
  constructor(
    @Inject(CompatJobs) private readonly jobs: CompatJobs,
    @Inject(JobViews) private readonly views: JobViews,
    @Inject(Feeds) private readonly feeds: Feeds,
    @Inject(EventStreams) private readonly streams: EventStreams,
    @Inject(JobResults) private readonly results: JobResults,
  ) {}

  @Post()
  @Limited('submits')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Submit a task',
    description: 'Submits a job of the kind that `task_type` names; a worker must have it.',
  })
  @ApiBody({
    type: TaskBody,
    examples: {
      vectors: { value: { vector_data: [0.1, 0.2, 0.3, 0.4, 0.5], metadata: { source: 'user_upload', type: 'text_embedding' } } },
    },
  })
  @ApiResponse({ status: 202, ...schemaOf('CompatTaskAccepted') })
  @refusals(400, 413, 415, 422, 429, 503)
  async submit(@Req() request: FastifyRequest, @Body() given: unknown): Promise<Answer<'CompatTaskAccepted'>> {
    const { own, others } = partsOf(given);
    const { task_type: type = usualType, url, ...rest } = readBody(TaskBody, own);
    const order =
      type === scrapeType ? scrapeOrder(url) : { kind: kindNamed(type), params: withoutAbsent({ ...rest, url, ...others }) };
    return { task_id: await this.jobs.submit(tenantOf(request.raw), order), status: 'Processing' };
  }

  @Get(':id')
  @OfTenant()
  @ApiOperation({ summary: 'Get a task', description: 'Of a `web_scrape` the result is what was read of the page.' })
  @ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } })
  @ApiResponse({ status: 200, ...schemaOf('CompatTask') })
  @refusals(404, 503)
  async get(@Req() request: FastifyRequest, @Param('id') jobId: string): Promise<Answer<'CompatTask'>> {
    const tenant = tenantOf(request.raw);
    const view = await this.jobs.read(tenant, jobId);
    return taskOf(view, isOneLine(view) ? await this.#lineOf(tenant, view.job_id) : view.result);
  }

  /** What the only item of a job left; null where it is kept no longer. */
  async #lineOf(tenant: string, jobId: string): Promise<JobView['result']> {
    try {
      const { read } = await this.results.lines(tenant, jobId);
      for await (const lines of read({ from: 0, limit: 1 }))
        for (const line of linesOf(lines)) return JSON.parse(line.toString()) as JobView['result'];
      return null;
    } catch (error) {
      if (error instanceof Problem && [404, 409, 410].includes(error.getStatus())) return null;
      throw error;
    }
  }

  @Get(':id/stream')
  @Ticketed()
  @OfTenant()
  @ApiOperation({
    summary: 'Follow a task',
    description:
      'Server-sent events without a name: `data: {"task_id","status","result"}` each time it changes. The stream ends with the task. The result of a `web_scrape` is at `GET /tasks/:id`.',
  })
  @ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } })
  @ApiResponse({
    status: 200,
    description: 'The stream.',
    content: { 'text/event-stream': schemaOf('CompatTaskEvent').content['application/json'] },
  })
  @refusals(404, 429, 503)
  async follow(@Req() request: FastifyRequest, @Param('id') jobId: string, @Res() reply: FastifyReply): Promise<void> {
    this.streams.demandRoom(callerOf(request.raw));
    const tenant = tenantOf(request.raw);
    const [now] = await Promise.all([this.views.load(tenant, jobId), this.feeds.confirm('jobs')]);
    if (!now) throw jobNotFound();
    if (!openEventStream(request, reply)) return;
    this.streams.follow(callerOf(request.raw), now, reply.raw, readLastEventId(undefined), { name: 'task', encode: taskEvent });
  }
}

/** What the reference has in a body, and what else is a parameter: where a kind of this system is named. */
function partsOf(given: unknown): { own: unknown; others: Record<string, unknown> } {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return { own: given, others: {} };
  const { task_type: type } = given as TaskBody;
  const isOther = ([name, value]: [string, unknown]): boolean => !fieldsOf(TaskBody).has(name) && !(value instanceof JsonText);
  if (typeof type !== 'string' || type === scrapeType) return { own: given, others: {} };
  const { own = [], other = [] } = Object.groupBy(Object.entries(given), (entry) => (isOther(entry) ? 'other' : 'own'));
  return { own: Object.fromEntries(own), others: Object.fromEntries(other) };
}

/** A field of a DTO that was not sent is there, as undefined; a kind that does not know its name would refuse it. */
function withoutAbsent(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** A page that cannot be read fails its task: there is no other item. Throws 422. */
function scrapeOrder(url: string | undefined): object {
  if (url === undefined)
    throw invalidFields([
      { loc: ['body', 'url'], msg: `is missing: a ${scrapeType} needs the address of a page`, type: 'missing' },
    ]);
  return { kind: 'scrape', params: {}, items: JsonText.of([url]), on_dead_chunk: 'fail' };
}

function isOneLine({ status, output, total_chunks: chunks }: JobView): boolean {
  return status === 'completed' && output === 'lines' && chunks === 1;
}

/** Nothing for a job that is not kept any more: the stream ends. */
function taskEvent({ value }: Pick<FeedEntry, 'value'>): Buffer {
  if (value === undefined) return Buffer.alloc(0);
  const { task_id, status, result } = taskOf(readView(value));
  return Buffer.from(`data: ${JSON.stringify({ task_id, status, result })}\n\n`);
}
