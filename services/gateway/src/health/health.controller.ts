/**
 * `/healthz`: this process is alive. `/readyz`: a job submitted now would be computed: NATS answers and stores, a coordinator and a worker are there, and
 * no partition of the mailbox is stuck. `/monitoring/health`: the same part by part, and whether workers take what waits.
 */
import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Answer } from '@manyhands/proto';
import { slotsOf } from '@manyhands/proto/worker-slots';
import type { FastifyReply } from 'fastify';
import { BrokerLink } from '../bus/broker-link.ts';
import { withDeadline } from '../bus/deadline.ts';
import { Storage } from '../bus/storage.ts';
import { CONFIG, type GatewayConfig } from '../config.ts';
import { schemaOf } from '../docs/responses.ts';
import { Access } from '../identity/access.ts';
import { Feeds } from '../mirror/feeds.ts';
import { type StuckPartition, WorkerRoster } from '../workers/worker-roster.ts';
import { reasonsOf, type Checks } from './reasons.ts';
import { UntakenWork } from './untaken-work.ts';

const natsAnswersWithinMs = 1_000;

@ApiTags('health')
@Access('public')
@Controller()
export class HealthController {
  constructor(
    @Inject(BrokerLink) private readonly link: BrokerLink,
    @Inject(Storage) private readonly storage: Storage,
    @Inject(Feeds) private readonly feeds: Feeds,
    @Inject(WorkerRoster) private readonly roster: WorkerRoster,
    @Inject(UntakenWork) private readonly untaken: UntakenWork,
    @Inject(CONFIG) private readonly config: GatewayConfig,
  ) {}

  @Get('healthz')
  @ApiOperation({ summary: 'Is the gateway alive?' })
  @ApiResponse({ status: 200, ...schemaOf('Health') })
  alive(): object {
    return { status: 'ok' };
  }

  @Get('readyz')
  @ApiOperation({ summary: 'Can a job be computed now?' })
  @ApiResponse({ status: 200, ...schemaOf('Readiness') })
  @ApiResponse({ status: 503, ...schemaOf('Readiness') })
  async ready(@Res() reply: FastifyReply): Promise<void> {
    const { checks, why } = await this.#look();
    const ready = why.length === 0;
    if (!ready) reply.code(503).header('retry-after', 2);
    void reply.send({ ready, ...(!ready && { detail: why.join(' ') }), checks, kept_hours: this.config.retentionHours });
  }

  @Get('monitoring/health')
  @ApiOperation({
    summary: 'How is each part of the system?',
    description:
      'The API, NATS, coordinators and workers: also whether workers take the work that waits, which their heartbeats alone do not show.',
  })
  @ApiResponse({ status: 200, ...schemaOf('SystemHealth') })
  @ApiResponse({ status: 503, ...schemaOf('SystemHealth') })
  async health(@Res() reply: FastifyReply): Promise<void> {
    const { checks, why } = await this.#look();
    const live = this.roster.live().filter(({ draining }) => !draining);
    const untaken = this.untaken
      .kinds()
      .filter((kind) => live.some((beat) => beat.kinds.includes(kind) && slotsOf(beat, kind).busy < slotsOf(beat, kind).slots));
    const all = [
      ...why,
      ...untaken.map((kind) => `Work of the kind ${kind} waits, and no worker takes it; look at the log of the workers.`),
    ];
    const health: Answer<'SystemHealth'> = {
      status: all.length === 0 ? 'ok' : 'degraded',
      ...(all.length > 0 && { detail: all.join(' ') }),
      api: { status: 'ok', uptime_sec: Math.round(process.uptime()) },
      nats: {
        status: checks.nats && checks.storage ? 'ok' : 'down',
        answers: checks.nats,
        stores: checks.nats && checks.storage,
      },
      coordinators: {
        status: checks.coordinators > 0 && checks.stuck_partitions === undefined ? 'ok' : 'down',
        count: checks.coordinators,
      },
      workers: {
        status: checks.workers > 0 && untaken.length === 0 ? 'ok' : 'down',
        ...this.roster.figures(),
        untaken_kinds: untaken,
      },
    };
    if (all.length > 0) reply.code(503).header('retry-after', 2);
    void reply.send(health);
  }

  /** What is there, and why no job would be computed: nothing, when one would. */
  async #look(): Promise<{ checks: Checks; why: string[] }> {
    const [nats, trouble] = await Promise.all([this.#natsAnswers(), this.storage.trouble()]);
    const storage = trouble === undefined;
    const stuck = this.#shown(this.roster.stuckPartitions());
    const troubles = this.roster.troubles();
    const checks = {
      nats,
      storage,
      coordinators: this.roster.coordinatorCount,
      workers: this.roster.count,
      ...(stuck.length > 0 && { stuck_partitions: stuck }),
      ...(troubles.length > 0 && { troubles }),
    };
    return { checks, why: reasonsOf(checks, { trouble, isConnected: this.link.connected }) };
  }

  async #natsAnswers(): Promise<boolean> {
    try {
      await withDeadline(this.link.bus().broker.connection.flush(), 'NATS does not answer', natsAnswersWithinMs);
      return this.feeds.areCurrent;
    } catch {
      return false;
    }
  }

  /** Where there are accounts any visitor may read this, and an error may have something in it of the job that it came from. */
  #shown(stuck: StuckPartition[]): StuckPartition[] {
    const why = 'the log of its coordinator has the reason';
    return this.config.auth === 'on' ? stuck.map((partition) => ({ ...partition, why })) : stuck;
  }
}
