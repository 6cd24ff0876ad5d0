/** `GET /v1/workers`, `GET /v1/queues` and `GET /v1/throughput`: who computes, how much waits, and how fast it goes. */
import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { decode, keys, QueueStats } from '@manyhands/proto';
import type { FastifyReply } from 'fastify';
import { refusals, schemaOf } from '../docs/responses.ts';
import { unavailable } from '../edge/problem.ts';
import { Feeds } from '../mirror/feeds.ts';
import { ThroughputHistory, type ThroughputSample } from './throughput-history.ts';
import { WorkerRoster } from './worker-roster.ts';

/** Statistics older than this are not shown as what is. */
const OLD_MS = 5_000;

@ApiTags('operations')
@Controller('v1')
export class WorkersController {
  constructor(
    @Inject(Feeds) private readonly feeds: Feeds,
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
    await this.feeds.confirm('stats');
    const entry = this.feeds.stats.get(keys.queues);
    const stats = entry?.value;
    if (!stats || !isReadable(stats))
      throw unavailable('There are no statistics yet; the metrics service writes them once a second.');
    const ageMs = this.feeds.stats.ageMs(entry);
    if (ageMs > OLD_MS)
      throw unavailable(
        `The newest statistics are ${Math.round(ageMs / 1_000)} s old; check the metrics service, which writes them once a second.`,
      );
    void reply.type('application/json; charset=utf-8').send(Buffer.from(stats));
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

/** What another release wrote in another way is no statistics of ours. */
function isReadable(stats: Uint8Array): boolean {
  try {
    return decode(QueueStats, stats) !== undefined;
  } catch {
    return false;
  }
}
