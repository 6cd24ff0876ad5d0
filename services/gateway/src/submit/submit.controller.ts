/** `POST /v1/jobs`: stores one long computation, to run now, later, or again and again. */
import { Body, Controller, HttpCode, Inject, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Queries } from '../contract/query.ts';
import { refusals, schemaOf } from '../docs/responses.ts';
import { badRequest } from '../edge/problem.ts';
import { tenantOf } from '../identity/caller.ts';
import { Limited } from '../limits/limit.guard.ts';
import { nextRunMs, noteOn, readTiming } from '../schedule/schedule-request.ts';
import { idempotencyKeySchema, readIdempotencyKey } from './idempotency.ts';
import { JobBody, withoutNulls } from './job-body.ts';
import { jobExamples } from './job-examples.ts';
import { JobWait } from './job-wait.ts';
import { Submissions } from './submissions.ts';
import { readWait, SubmitQuery } from './wait-query.ts';

const json = 'application/json; charset=utf-8';

@ApiTags('jobs')
@Controller('v1/jobs')
export class SubmitController {
  constructor(
    @Inject(Submissions) private readonly submissions: Submissions,
    @Inject(JobWait) private readonly waiting: JobWait,
  ) {}

  @Post()
  @HttpCode(202)
  @Limited('submits')
  @ApiOperation({
    summary: 'Submit a job',
    description:
      'Answers when the job is stored: from then on it is computed even if every process dies. With `run_at` or `cron` a schedule is stored instead (see `/v1/schedules`).',
  })
  @ApiBody({ type: JobBody, examples: jobExamples })
  @Queries(SubmitQuery)
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description:
      'The same key and body within 24 hours is the same submission: it gets the first answer again, with `cached`, and no second job. Another body is refused with 422.',
    schema: idempotencyKeySchema,
  })
  @ApiResponse({ status: 200, ...schemaOf('JobView', 'The finished job, with `?wait=`.') })
  @ApiResponse({
    status: 202,
    description: 'Stored.',
    headers: { location: { description: 'Where it is.', schema: { type: 'string' } } },
    content: {
      'application/json': {
        schema: { oneOf: [{ $ref: '#/components/schemas/JobAccepted' }, { $ref: '#/components/schemas/ScheduleAccepted' }] },
      },
    },
  })
  @refusals(400, 410, 413, 415, 422, 429, 503)
  async submit(
    @Req() request: FastifyRequest,
    @Body() given: unknown,
    @Query() query: Record<string, unknown>,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const tenant = tenantOf(request.raw);
    const body = withoutNulls(given);
    const waitMs = readWait(query);
    const { 'idempotency-key': header } = request.headers;
    const key = header === undefined ? undefined : readIdempotencyKey(header);
    if (waitMs !== undefined && readTiming(body, Date.now()).timing !== undefined)
      throw badRequest('wait is not possible with run_at or cron: the job is not submitted yet.');
    const { order, cached } = await this.submissions.submit(tenant, body, key);
    if (order.type === 'Schedule') {
      const nextMs = nextRunMs(order, Date.parse(order.created_at));
      const answer = {
        schedule_id: order.schedule_id,
        status: 'scheduled',
        next_run_at: nextMs === undefined ? null : new Date(nextMs).toISOString(),
        cached,
        note: noteOn(order),
      };
      void reply.code(202).header('location', `/v1/schedules/${order.schedule_id}`).type(json).send(JSON.stringify(answer));
      return;
    }
    reply.header('location', `/v1/jobs/${order.job_id}`);
    const finished = waitMs === undefined ? undefined : await this.waiting.final(tenant, order.job_id, waitMs, leavingOf(reply));
    if (finished !== undefined) void reply.code(200).type(json).send(Buffer.from(finished));
    else
      void reply
        .code(202)
        .type(json)
        .send(JSON.stringify({ job_id: order.job_id, status: 'pending', cached }));
  }
}

/** Ends when the client hangs up (and when it was answered). */
function leavingOf(reply: FastifyReply): AbortSignal {
  const left = new AbortController();
  reply.raw.once('close', () => left.abort());
  return left.signal;
}
