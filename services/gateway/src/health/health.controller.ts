/**
 * `/healthz`: this process is alive. `/readyz`: a job submitted now would be computed: NATS answers and stores, a coordinator and a worker are there, and
 * no partition of the mailbox is stuck. `/monitoring/health` is another name for `/readyz`.
 */
import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiExcludeEndpoint, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { BrokerLink } from '../bus/broker-link.ts';
import { withDeadline } from '../bus/deadline.ts';
import { Storage } from '../bus/storage.ts';
import { CONFIG, type GatewayConfig } from '../config.ts';
import { schemaOf } from '../docs/responses.ts';
import { Feeds } from '../mirror/feeds.ts';
import { WorkerRoster } from '../workers/worker-roster.ts';

const natsAnswersWithinMs = 1_000;

@ApiTags('health')
@Controller()
export class HealthController {
  constructor(
    @Inject(BrokerLink) private readonly link: BrokerLink,
    @Inject(Storage) private readonly storage: Storage,
    @Inject(Feeds) private readonly feeds: Feeds,
    @Inject(WorkerRoster) private readonly roster: WorkerRoster,
    @Inject(CONFIG) private readonly config: GatewayConfig,
  ) {}

  @Get('healthz')
  @ApiOperation({ summary: 'Is the gateway alive?' })
  @ApiResponse({ status: 200, ...schemaOf('Health') })
  alive(): object {
    return { status: 'ok' };
  }

  @Get('monitoring/health')
  @ApiExcludeEndpoint()
  readyByOtherName(@Res() reply: FastifyReply): Promise<void> {
    return this.ready(reply);
  }

  @Get('readyz')
  @ApiOperation({ summary: 'Can a job be computed now?', description: '`/monitoring/health` is another name for it.' })
  @ApiResponse({ status: 200, ...schemaOf('Readiness') })
  @ApiResponse({ status: 503, ...schemaOf('Readiness') })
  async ready(@Res() reply: FastifyReply): Promise<void> {
    const [nats, trouble] = await Promise.all([this.#natsAnswers(), this.storage.trouble()]);
    const storage = trouble === undefined;
    const stuck = this.roster.stuckPartitions();
    const troubles = this.roster.troubles();
    const unmended = troubles.filter(({ mended }) => !mended);
    const checks = {
      nats,
      storage,
      coordinators: this.roster.coordinatorCount,
      workers: this.roster.count,
      ...(stuck.length > 0 && { stuck_partitions: stuck }),
      ...(troubles.length > 0 && { troubles }),
    };
    const ready = nats && storage && checks.coordinators > 0 && checks.workers > 0 && stuck.length === 0 && unmended.length === 0;
    const kept = { kept_hours: this.config.retentionHours };
    if (ready) return void reply.send({ ready, checks, ...kept });
    const why = [
      ...(nats
        ? []
        : [
            this.link.connected
              ? 'NATS does not answer as it must, so the gateway does not know what is stored now.'
              : 'NATS is not reachable.',
          ]),
      ...(nats && !storage ? [`No job is stored right now: ${trouble}`] : []),
      ...(nats && checks.coordinators === 0 ? ['No coordinator is running; start one.'] : []),
      ...(nats && checks.workers === 0 ? ['No worker is running; start one.'] : []),
      ...stuck.map(({ partition, for_sec: sec, why: cause }) => `Partition ${partition} has been stuck for ${sec} s: ${cause}`),
      ...unmended.map(({ what, problem }) => `On NATS ${what} is not as needed: ${problem}.`),
    ];
    void reply
      .code(503)
      .header('retry-after', 2)
      .send({ ready, detail: why.join(' '), checks, ...kept });
  }

  async #natsAnswers(): Promise<boolean> {
    try {
      await withDeadline(this.link.bus().broker.connection.flush(), 'NATS does not answer', natsAnswersWithinMs);
      return this.feeds.areCurrent;
    } catch {
      return false;
    }
  }
}
