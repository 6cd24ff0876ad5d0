/** `GET /v1/jobs/:id/logs`, `GET /v1/jobs/:id/logs/events`: what the task code of a job logs. */
import { Controller, Get, Inject, Param, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { JobId } from '@manyhands/proto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Queries, readQuery } from '../contract/query.ts';
import { refusals, schemaOf } from '../docs/responses.ts';
import { badRequest, jobNotFound } from '../edge/problem.ts';
import { callerOf, tenantOf } from '../identity/caller.ts';
import { OfTenant } from '../identity/chosen-tenant.ts';
import { Ticketed } from '../identity/ticketed.ts';
import { isLast } from '../mirror/job-digest.ts';
import { JobViews } from '../mirror/job-views.ts';
import { readLastEventId } from '../progress/sse/event-stream.ts';
import { JobLogs } from './job-logs.ts';
import { LogEventQuery, LogQuery } from './log-query.ts';
import { LogStreams } from './log-streams.ts';

const eventStream = 'text/event-stream; charset=utf-8';

@ApiTags('jobs')
@Controller('v1/jobs')
export class LogsController {
  constructor(
    @Inject(JobViews) private readonly views: JobViews,
    @Inject(JobLogs) private readonly logs: JobLogs,
    @Inject(LogStreams) private readonly streams: LogStreams,
  ) {}

  @Get(':id/logs')
  @ApiOperation({
    summary: 'Read what a job logged',
    description:
      'Lines that its task code logged, oldest first: the newest page, or with `after` and `before` any other. A job keeps its newest 10,000 lines, for seven days; lines are lost rather than work slowed.',
  })
  @ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } })
  @Queries(LogQuery)
  @ApiResponse({ status: 200, ...schemaOf('LogPage') })
  @OfTenant()
  @refusals(400, 404, 422, 503)
  async read(
    @Req() request: FastifyRequest,
    @Param('id') jobId: string,
    @Query() query: Record<string, unknown>,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { format, ...wanted } = readQuery(LogQuery, query);
    if (wanted.after !== undefined && wanted.before !== undefined) throw badRequest('Send after or before, not both.');
    const tenant = tenantOf(request.raw);
    const id = idOf(jobId);
    // The view is asked for first, because it is known sooner when NATS does not answer. The lines of a job may stay longer than its view.
    const [view, page] = await Promise.all([this.views.load(tenant, id), this.logs.read(tenant, id, wanted)]);
    if (page.lines.length === 0 && !view) throw jobNotFound();
    if (format === 'json') return void reply.type('application/json; charset=utf-8').send(page);
    void reply.type('application/x-ndjson; charset=utf-8').send(page.lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  }

  @Get(':id/logs/events')
  @ApiOperation({
    summary: 'Follow what a job logs',
    description:
      'Server-sent events: `event: line` for each line that is stored and each that comes, then `event: done` when the job is over. `Last-Event-ID` resumes on any gateway; a client that has seen `done` gets 204.',
  })
  @ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } })
  @ApiHeader({ name: 'Last-Event-ID', required: false, schema: { type: 'string' } })
  @Queries(LogEventQuery)
  @Ticketed()
  @ApiResponse({
    status: 200,
    description: 'The stream.',
    content: { 'text/event-stream': schemaOf('LogEvent').content['application/json'] },
  })
  @ApiResponse({ status: 204, description: 'This client has already received `done`.' })
  @OfTenant()
  @refusals(400, 404, 422, 429, 503)
  async follow(
    @Req() request: FastifyRequest,
    @Param('id') jobId: string,
    @Query() query: Record<string, unknown>,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { last_event_id: asked, level, worker } = readQuery(LogEventQuery, query);
    const tenant = tenantOf(request.raw);
    const id = idOf(jobId);
    const now = await this.views.load(tenant, id);
    if (!now && (await this.logs.after(tenant, id, 0, 1)).length === 0) throw jobNotFound();
    const header = request.headers['last-event-id'];
    const { revision, done } = readLastEventId(typeof header === 'string' ? header : asked);
    if (done && (!now || isLast(now))) return void reply.code(204).send();
    void reply.type(eventStream).header('cache-control', 'no-cache, no-transform').header('x-accel-buffering', 'no');
    // A stream has no end, and HEAD no body.
    if (request.method === 'HEAD') return void reply.send();
    const stream = await this.streams.follow({
      caller: callerOf(request.raw),
      tenant,
      jobId: id,
      now,
      after: Math.max(0, revision),
      level,
      worker,
    });
    void reply.send(stream);
  }
}

/** Ids are the same in any case. */
function idOf(jobId: string): string {
  const id = JobId.safeParse(jobId);
  if (!id.success) throw jobNotFound();
  return id.data;
}
