/** The system's metrics, for the gateway over NATS. */
import { OnQuery } from '@manyhands/nats-nest';
import { coreSubjects } from '@manyhands/proto';
import { Controller, Inject } from '@nestjs/common';
import { SystemMetrics } from './system-metrics.ts';

@Controller()
export class MetricsController {
  constructor(@Inject(SystemMetrics) private readonly metrics: SystemMetrics) {}

  @OnQuery(coreSubjects.queryMetrics)
  answerQuery(): Promise<string> {
    return this.metrics.render();
  }
}
