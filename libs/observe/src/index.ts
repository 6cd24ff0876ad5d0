/** What operators see of a process: log lines and metrics, each name written once. */
export { createLogger, type LogFields, type Logger, type LogLevel, type LogMethod } from './log.ts';
export { METRICS, coordinatorMetric, type LabelsOf, type Metric } from './metric.ts';
export { startObserved, type ObservedService } from './health/observed-service.ts';
export { createRegistry, type MetricRegistry } from './registry.ts';
