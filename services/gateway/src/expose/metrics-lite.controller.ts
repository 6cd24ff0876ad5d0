/** `/metrics-lite`: the figures that are asked for most, as JSON, for a script or a small dashboard without Prometheus. */
import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Answer, QueueStats } from '@manyhands/proto';
import { schemaOf } from '../docs/responses.ts';
import { Access } from '../identity/access.ts';
import { Feeds } from '../mirror/feeds.ts';
import { NewestStats } from '../workers/newest-stats.ts';
import { WorkerRoster } from '../workers/worker-roster.ts';
import { GatewayMetrics } from './gateway-metrics.ts';

type MetricsLite = Answer<'MetricsLite'>;

@ApiTags('operations')
@Access('admin')
@Controller('metrics-lite')
export class MetricsLiteController {
  constructor(
    @Inject(GatewayMetrics) private readonly own: GatewayMetrics,
    @Inject(WorkerRoster) private readonly roster: WorkerRoster,
    @Inject(NewestStats) private readonly newest: NewestStats,
    @Inject(Feeds) private readonly feeds: Feeds,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'The main figures as JSON',
    description: 'It always answers: what is not known now is null. `/metrics` has all figures, for Prometheus.',
  })
  @ApiResponse({ status: 200, ...schemaOf('MetricsLite') })
  async read(): Promise<MetricsLite> {
    const read = await this.newest.now().catch(() => undefined);
    const { workers, coordinators } = this.feeds;
    return {
      at: new Date().toISOString(),
      gateway: {
        uptime_sec: Math.round(process.uptime()),
        memory_mb: Math.round(process.memoryUsage.rss() / 1024 ** 2),
        ...this.own.counts,
      },
      workers: workers.isCurrent ? this.roster.figures() : null,
      coordinators: coordinators.isCurrent ? this.roster.coordinatorCount : null,
      system: read === undefined ? null : systemFigures(read.stats),
    };
  }
}

function systemFigures({ v: _v, type: _type, queues, ...stats }: QueueStats): NonNullable<MetricsLite['system']> {
  return {
    ...stats,
    leases_waiting: queues.reduce((sum, { waiting }) => sum + waiting, 0),
    leases_in_flight: queues.reduce((sum, { in_flight: inFlight }) => sum + inFlight, 0),
  };
}
