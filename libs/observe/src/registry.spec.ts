import { describe, expect, it } from 'vitest';
import { METRICS, type Metric } from './metric.ts';
import { createRegistry } from './registry.ts';

const metrics: Metric[] = Object.values(METRICS);

describe('the metric table', () => {
  it('names every metric once, under the project', () => {
    const names = metrics.map((metric) => metric.name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^manyhands_[a-z_]+$/);
  });

  it('has no label that could hold an id', () => {
    for (const metric of metrics)
      for (const label of metric.labels) expect(['job', 'lease', 'worker', 'tenant', 'id']).not.toContain(label);
  });
});

describe('a registry', () => {
  it('renders counters, gauges and histograms with the service on every series', async () => {
    const registry = createRegistry('metrics');
    registry.counter(METRICS.jobsFinished).inc({ kind: 'sum', status: 'completed' });
    registry.gauge(METRICS.slots).set({ state: 'busy' }, 3);
    registry.histogram(METRICS.jobDuration).observe({ kind: 'sum', status: 'completed' }, 0.004);
    const text = await registry.render();
    expect(text).toContain('manyhands_jobs_finished_total{kind="sum",status="completed",service="metrics"} 1');
    expect(text).toContain('manyhands_slots{state="busy",service="metrics"} 3');
    expect(text).toContain('manyhands_job_duration_seconds_bucket{le="0.005",service="metrics",kind="sum",status="completed"} 1');
    expect(text).not.toContain('process_cpu');
    expect(registry.contentType).toContain('text/plain');
  });

  it('uses the default buckets for a histogram that names none', async () => {
    const registry = createRegistry('metrics');
    registry.histogram({ name: 'manyhands_trial_seconds', type: 'histogram', help: 'Trial.', labels: [] }).observe(0.004);
    expect(await registry.render()).toContain('manyhands_trial_seconds_bucket{le="0.005",service="metrics"} 1');
  });

  it('adds the process itself when asked', async () => {
    expect(await createRegistry('metrics', { processMetrics: true }).render()).toContain('process_cpu_seconds_total');
  });
});
