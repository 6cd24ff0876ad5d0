/** `GET /v1/workers`, `GET /v1/queues` and `GET /v1/throughput`: who computes, how much waits, and how fast it goes. */
import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { refusals, schemaOf } from '../docs/responses.ts';
import { Access } from '../identity/access.ts';
import { Feeds } from '../mirror/feeds.ts';
import { NewestStats } from './newest-stats.ts';
import { ThroughputHistory, type ThroughputSample } from './throughput-history.ts';
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
