/** `GET /v1/workers`, `GET /v1/queues` and `GET /v1/throughput`: who computes, how much waits, and how fast it goes. `POST /v1/workers/:id/drain`. */
import { Controller, Get, HttpCode, Inject, Param, Post, Res } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { limits, type Answer } from '@manyhands/proto';
import type { FastifyReply } from 'fastify';
import { refusals, schemaOf } from '../docs/responses.ts';
import { Access } from '../identity/access.ts';
import { Feeds } from '../mirror/feeds.ts';
import { NewestStats } from './newest-stats.ts';
import { ThroughputHistory, type ThroughputSample } from './throughput-history.ts';
import { WorkerDrain } from './worker-drain.ts';
import { WorkerRecord } from './worker-record.ts';
import { WorkerRoster } from './worker-roster.ts';

@ApiTags('operations')
@Access('admin')
@Controller('v1')
export class WorkersController {
  constructor(
    @Inject(Feeds) private readonly feeds: Feeds,
    @Inject(NewestStats) private readonly stats: NewestStats,
    @Inject(WorkerRoster) private readonly roster: WorkerRoster,
    @Inject(ThroughputHistory) private readonly history: ThroughputHistory,
    @Inject(WorkerRecord) private readonly record: WorkerRecord,
    @Inject(WorkerDrain) private readonly drain: WorkerDrain,
  ) {}

  @Get('workers')
  @ApiOperation({
    summary: 'List live workers',
    description: 'The newest heartbeat of each; a worker that died is removed within seconds.',
  })
  @ApiResponse({ status: 200, ...schemaOf('WorkerList') })
  @refusals(503)
  async workers(): Promise<object> {
    return { workers: (await this.roster.liveNow()).map(({ v: _v, type: _type, ...worker }) => worker) };
  }

  @Get('workers/record')
  @ApiOperation({
    summary: 'Read what workers did in the last minutes',
    description: `Those that are there, and those that left within ${limits.goneWorkerMinutes} minutes, each with how busy it was, and what another one needs to know to join. As far as this gateway has received it.`,
  })
  @ApiResponse({ status: 200, ...schemaOf('WorkerRecord') })
  @refusals(503)
  recorded(): Promise<Answer<'WorkerRecord'>> {
    return this.record.now();
  }

  @Post('workers/:id/drain')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Drain a worker',
    description:
      'It takes no more leases from now on, hands over what has not begun, and ends the chunks that run. Its process stays until you end it, and costs nothing then; to have it compute again, start it again. Repeating is safe.',
  })
  @ApiParam({ name: 'id', schema: { type: 'string' } })
  @ApiResponse({ status: 200, ...schemaOf('WorkerDraining') })
  @refusals(404, 503)
  async drained(@Param('id') workerId: string): Promise<Answer<'WorkerDraining'>> {
    await this.drain.order(workerId);
    return { worker: workerId, draining: true };
  }

  @Get('queues')
  @ApiOperation({
    summary: 'Queue depths and counts',
    description: 'Written once a second by the metrics service; `at` is the time.',
  })
  @ApiResponse({ status: 200, ...schemaOf('QueueStats') })
  @refusals(503)
  async queues(@Res() reply: FastifyReply): Promise<void> {
    const { bytes } = await this.stats.now();
    void reply.type('application/json; charset=utf-8').send(Buffer.from(bytes));
  }

  @Get('throughput')
  @ApiOperation({
    summary: 'Throughput of the last minutes',
    description: 'Chunks per second, measured once a second, oldest first: five minutes, or since this gateway started.',
  })
  @ApiResponse({ status: 200, ...schemaOf('Throughput') })
  @refusals(503)
  async throughput(): Promise<{ samples: readonly ThroughputSample[] }> {
    await this.feeds.confirm('stats');
    return { samples: this.history.samples() };
  }
}
