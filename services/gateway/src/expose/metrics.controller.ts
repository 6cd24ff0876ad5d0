/** `/metrics`: one place to scrape. The gateway's own metrics, and the system's when the metrics service answers in time. */
import { asPlain, isOpenMetrics, OPEN_METRICS, PLAIN_METRICS, takesOpenMetrics } from '@manyhands/observe';
import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { coreSubjects } from '@manyhands/proto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { BrokerLink } from '../bus/broker-link.ts';
import { Access } from '../identity/access.ts';
import { GatewayMetrics } from './gateway-metrics.ts';
import { mergeMetrics } from './merge-metrics.ts';

const systemAnswersWithinMs = 500;
/** Which form the metrics service is asked for. */
const asked = new TextEncoder().encode(OPEN_METRICS);

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
    description:
      'Text in the Prometheus format. A client that accepts `application/openmetrics-text` gets that, with the trace of a request or a job beside the bucket of its time.',
    content: { 'text/plain': { schema: { type: 'string' } }, 'application/openmetrics-text': { schema: { type: 'string' } } },
  })
  async metrics(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const [own, system] = await Promise.all([this.own.render(), this.#system()]);
    // A metrics service of an earlier release knows the older form alone.
    const isOpen = takesOpenMetrics(request.headers.accept) && (system === '' || isOpenMetrics(system));
    const texts = isOpen ? [own, system] : [own, system].map(asPlain);
    void reply
      .header('vary', 'Accept')
      .type(isOpen ? OPEN_METRICS : PLAIN_METRICS)
      .send(`${mergeMetrics(texts)}${isOpen ? '# EOF\n' : ''}`);
  }

  async #system(): Promise<string> {
    try {
      const answer = await this.link.bus().broker.request(coreSubjects.queryMetrics, asked, systemAnswersWithinMs);
      return new TextDecoder().decode(answer);
    } catch {
      return '';
    }
  }
}
