/** The system's metrics, for the gateway over NATS and for Prometheus over HTTP. */
import { OnQuery } from '@manyhands/nats-nest';
import { coreSubjects } from '@manyhands/proto';
import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { SystemMetrics } from './system-metrics.ts';

@Controller()
export class MetricsController {
  constructor(@Inject(SystemMetrics) private readonly metrics: SystemMetrics) {}

  @OnQuery(coreSubjects.queryMetrics)
  answerQuery(): Promise<string> {
    return this.metrics.render();
  }

  /** Only reachable where METRICS_PORT is set. */
  @Get('metrics')
  async serve(@Res() reply: FastifyReply): Promise<void> {
    void reply.type(this.metrics.contentType).send(await this.metrics.render());
  }
}
