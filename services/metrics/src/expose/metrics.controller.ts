/** The system's metrics, for the gateway over NATS. */
import { OnQuery } from '@manyhands/nats-nest';
import { takesOpenMetrics } from '@manyhands/observe';
import { coreSubjects } from '@manyhands/proto';
import { Controller, Inject } from '@nestjs/common';
import { SystemMetrics } from './system-metrics.ts';

@Controller()
export class MetricsController {
  constructor(@Inject(SystemMetrics) private readonly metrics: SystemMetrics) {}

  /** A gateway of an earlier release asks with nothing, for the older form. */
  @OnQuery(coreSubjects.queryMetrics)
  answerQuery(data: Uint8Array): Promise<string> {
    return takesOpenMetrics(new TextDecoder().decode(data)) ? this.metrics.renderOpen() : this.metrics.render();
  }
}
