/** `/metrics`: one place to scrape. The gateway's own metrics, and the system's when the metrics service answers in time. */
import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { coreSubjects } from '@manyhands/proto';
import type { FastifyReply } from 'fastify';
import { BrokerLink } from '../bus/broker-link.ts';
import { Access } from '../identity/access.ts';
import { GatewayMetrics } from './gateway-metrics.ts';
import { mergeMetrics } from './merge-metrics.ts';

const systemAnswersWithinMs = 500;

@ApiTags('operations')
@Access('admin')
@Controller('metrics')
export class MetricsController {
  constructor(
    @Inject(GatewayMetrics) private readonly own: GatewayMetrics,
    @Inject(BrokerLink) private readonly link: BrokerLink,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Prometheus metrics' })
  @ApiResponse({
    status: 200,
    description: 'Text in the Prometheus format.',
    content: { 'text/plain': { schema: { type: 'string' } } },
  })
  async metrics(@Res() reply: FastifyReply): Promise<void> {
    const [own, system] = await Promise.all([this.own.render(), this.#system()]);
    void reply.type(this.own.contentType).send(mergeMetrics([own, system]));
  }

  async #system(): Promise<string> {
    try {
      const answer = await this.link.bus().broker.request(coreSubjects.queryMetrics, new Uint8Array(), systemAnswersWithinMs);
      return new TextDecoder().decode(answer);
    } catch {
      return '';
    }
  }
}
