/** Makes the metrics of one process, from the table in `metric.ts`, and renders them for Prometheus. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry, type OpenMetricsContentType } from 'prom-client';
import { asPlain, OPEN_METRICS } from './metric-text.ts';
import type { LabelsOf, Metric } from './metric.ts';

export interface MetricRegistry {
  counter<M extends Metric & { type: 'counter' }>(metric: M): Counter<LabelsOf<M>>;
  gauge<M extends Metric & { type: 'gauge' }>(metric: M): Gauge<LabelsOf<M>>;
  histogram<M extends Metric & { type: 'histogram' }>(metric: M): Distribution<LabelsOf<M>>;
  /** The text of `/metrics`, in the older form. */
  render(): Promise<string>;
  /** The same as OpenMetrics, with examples. */
  renderOpen(): Promise<string>;
}

interface Distribution<Label extends string> {
  /** `traceId`: of what took so long, where it is traced; shown as the example of its bucket until the next one. */
  observe(labels: Readonly<Record<Label, string>>, value: number, traceId?: string): void;
}

/** A registry whose every series carries the label `service`; with `processMetrics`, also Node's own memory, CPU and event loop. */
export function createRegistry(service: string, options: { processMetrics?: boolean } = {}): MetricRegistry {
  const registry = new Registry<OpenMetricsContentType>();
  registry.setContentType(OPEN_METRICS);
  registry.setDefaultLabels({ service });
  if (options.processMetrics === true) collectDefaultMetrics({ register: registry });
  return {
    counter: (metric) => new Counter(described(metric, registry)),
    gauge: (metric) => new Gauge(described(metric, registry)),
    histogram: (metric) => {
      const buckets = metric.buckets && { buckets: [...metric.buckets] };
      const histogram = new Histogram({ ...described(metric, registry), ...buckets, enableExemplars: true });
      return {
        observe: (labels, value, traceId) =>
          histogram.observe({ labels, value, ...(traceId !== undefined && { exemplarLabels: { trace_id: traceId } as object }) }),
      };
    },
    render: async () => asPlain(await registry.metrics()),
    renderOpen: () => registry.metrics(),
  };
}

function described<M extends Metric>(metric: M, registry: Registry<OpenMetricsContentType>) {
  return { name: metric.name, help: metric.help, labelNames: metric.labels as readonly LabelsOf<M>[], registers: [registry] };
}
