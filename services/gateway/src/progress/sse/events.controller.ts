/** `GET /v1/jobs/:id/events`: a job as server-sent events. */
import { Controller, Get, Inject, Param, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiParam, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { refusals, schemaOf } from '../../docs/responses.ts';
import { jobNotFound, unavailable } from '../../edge/problem.ts';
import { tenantOf } from '../../identity/tenant.ts';
import { EventStreams } from './event-streams.ts';
import { readLastEventId } from './event-stream.ts';
import { Feeds } from '../../mirror/feeds.ts';
import { isLast } from '../../mirror/job-digest.ts';
import { JobViews } from '../../mirror/job-views.ts';

@ApiTags('jobs')
@Controller('v1/jobs')
export class EventsController {
  constructor(
    @Inject(JobViews) private readonly views: JobViews,
    @Inject(EventStreams) private readonly streams: EventStreams,
    @Inject(Feeds) private readonly feeds: Feeds,
  ) {}

  @Get(':id/events')
  @ApiOperation({
    summary: 'Follow a job',
    description:
      'Server-sent events: `event: status` with a JobView each time it changes (id: its revision), then `event: done`. `Last-Event-ID` resumes on any gateway; a client that has seen `done` gets 204.',
  })
  @ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } })
  @ApiHeader({ name: 'Last-Event-ID', required: false, schema: { type: 'string' } })
  @ApiQuery({
    name: 'last_event_id',
    required: false,
    description: 'The same, for clients that cannot send headers.',
    schema: { type: 'string' },
  })
  @ApiResponse({
    status: 200,
    description: 'The stream.',
    content: { 'text/event-stream': schemaOf('JobEvents').content['application/json'] },
  })
  @ApiResponse({ status: 204, description: 'This client has already received `done`.' })
  @refusals(404, 503)
  async follow(
    @Req() request: FastifyRequest,
    @Param('id') jobId: string,
    @Query('last_event_id') asked: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    this.streams.demandRoom();
    const tenant = tenantOf(request.raw);
    const [now] = await Promise.all([this.views.load(tenant, jobId), this.feeds.confirm('jobs')]);
    if (!now) throw jobNotFound();
    const header = request.headers['last-event-id'];
    let resume = readLastEventId(typeof header === 'string' ? header : asked);
    // An id from a bucket that was created again since: start over.
    if (resume.revision > now.revision) resume = readLastEventId(undefined);
    if (resume.done && resume.revision === now.revision && isLast(now)) return void reply.code(204).send();
    // A stream has no end, and HEAD no body: what goes past the response would be taken for the next answer.
    if (request.method === 'HEAD')
      return void reply.type('text/event-stream; charset=utf-8').header('cache-control', 'no-cache, no-transform').send();
    if (reply.raw.socket === null)
      throw unavailable('An event stream needs its own connection; send the request again on a new one.', 1);
    reply.hijack();
    reply.raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
      connection: 'keep-alive',
    });
    reply.raw.flushHeaders();
    this.streams.follow(tenant, jobId, now, reply.raw, resume);
  }
}
