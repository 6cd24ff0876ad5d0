/** `GET /v1/jobs/:id/events`: a job as server-sent events. */
import { Controller, Get, Inject, Param, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiParam, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { refusals, schemaOf } from '../../docs/responses.ts';
import { jobNotFound } from '../../edge/problem.ts';
import { callerOf, tenantOf } from '../../identity/caller.ts';
import { OfTenant } from '../../identity/chosen-tenant.ts';
import { Ticketed } from '../../identity/ticketed.ts';
import { EventStreams } from './event-streams.ts';
import { readLastEventId } from './event-stream.ts';
import { openEventStream } from './open-event-stream.ts';
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
  @Ticketed()
  @ApiResponse({
    status: 200,
    description: 'The stream.',
    content: { 'text/event-stream': schemaOf('JobEvent').content['application/json'] },
  })
  @ApiResponse({ status: 204, description: 'This client has already received `done`.' })
  @OfTenant()
  @refusals(404, 429, 503)
  async follow(
    @Req() request: FastifyRequest,
    @Param('id') jobId: string,
    @Query('last_event_id') asked: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    this.streams.demandRoom(callerOf(request.raw));
    const tenant = tenantOf(request.raw);
    const [now] = await Promise.all([this.views.load(tenant, jobId), this.feeds.confirm('jobs')]);
    if (!now) throw jobNotFound();
    const header = request.headers['last-event-id'];
    let resume = readLastEventId(typeof header === 'string' ? header : asked);
    // An id from a bucket that was created again since: start over.
    if (resume.revision > now.revision) resume = readLastEventId(undefined);
    if (resume.done && resume.revision === now.revision && isLast(now)) return void reply.code(204).send();
    if (openEventStream(request, reply)) this.streams.follow(callerOf(request.raw), now, reply.raw, resume);
  }
}
