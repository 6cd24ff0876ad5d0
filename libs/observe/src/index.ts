/** What operators see of a process: log lines and metrics, each name written once. */
export { createLogger, type LogFields, type Logger, type LogLevel, type LogMethod } from './log/log.ts';
export { COORDINATOR_COUNTS, METRICS, coordinatorMetric, type CoordinatorCount, type LabelsOf, type Metric } from './metric.ts';
export { serveHealth } from './health/health-server.ts';
export { startObserved, type ObservedService } from './health/observed-service.ts';
export {
  derivedSpanId,
  isWithin,
  newSpanId,
  newTraceId,
  readTraceparent,
  traceparentOf,
  type TraceContext,
} from './trace/trace-context.ts';
export type { Span } from './trace/otlp.ts';
export { tracerSettings, type TracerSettings } from './trace/trace-settings.ts';
export { openTracer, Tracer } from './trace/tracer.ts';
export { createRegistry, type MetricRegistry } from './registry.ts';
export { asPlain, isOpenMetrics, OPEN_METRICS, PLAIN_METRICS, takesOpenMetrics } from './metric-text.ts';
