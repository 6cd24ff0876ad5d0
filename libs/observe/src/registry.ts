/** Makes the metrics of one process, from the table in `metric.ts`, and renders them for Prometheus. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { LabelsOf, Metric } from './metric.ts';

export interface MetricRegistry {
  counter<M extends Metric & { type: 'counter' }>(metric: M): Counter<LabelsOf<M>>;
  gauge<M extends Metric & { type: 'gauge' }>(metric: M): Gauge<LabelsOf<M>>;
  histogram<M extends Metric & { type: 'histogram' }>(metric: M): Histogram<LabelsOf<M>>;
  /** The text of `/metrics`, and the content type to serve it with. */
  render(): Promise<string>;
  readonly contentType: string;
}

/** A registry whose every series carries the label `service`; with `processMetrics`, also Node's own memory, CPU and event loop. */
export function createRegistry(service: string, options: { processMetrics?: boolean } = {}): MetricRegistry {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  if (options.processMetrics === true) collectDefaultMetrics({ register: registry });
  return {
    counter: (metric) => new Counter(described(metric, registry)),
    gauge: (metric) => new Gauge(described(metric, registry)),
    histogram: (metric) =>
      new Histogram({ ...described(metric, registry), ...(metric.buckets && { buckets: [...metric.buckets] }) }),
    render: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

function described<M extends Metric>(metric: M, registry: Registry) {
  return { name: metric.name, help: metric.help, labelNames: metric.labels as readonly LabelsOf<M>[], registers: [registry] };
}
