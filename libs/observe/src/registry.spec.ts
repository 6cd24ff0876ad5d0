import { describe, expect, it } from 'vitest';
import { METRICS, type Metric } from './metric.ts';
import { asPlain, isOpenMetrics, takesOpenMetrics } from './metric-text.ts';
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
  });

  it('uses the default buckets for a histogram that names none', async () => {
    const registry = createRegistry('metrics');
    registry.histogram({ name: 'manyhands_trial_seconds', type: 'histogram', help: 'Trial.', labels: [] }).observe({}, 0.004);
    expect(await registry.render()).toContain('manyhands_trial_seconds_bucket{le="0.005",service="metrics"} 1');
  });

  it('gives the newest traced value of a bucket as its example, in OpenMetrics alone', async () => {
    const registry = createRegistry('metrics');
    const labels = { kind: 'sum', status: 'completed' };
    const duration = registry.histogram(METRICS.jobDuration);
    for (const [value, trace] of [[0.004, 'a'.repeat(32)], [0.003, 'b'.repeat(32)], [0.004], [45]] as const)
      duration.observe(labels, value, trace);
    registry.counter(METRICS.jobsFinished).inc(labels);
    const open = await registry.renderOpen();
    expect(open).toMatch(/_bucket\{le="0\.005",.*\} 3 # \{trace_id="b{32}"\} 0\.003 \d+\.?\d*$/m);
    expect(open.match(/trace_id/g)).toHaveLength(1);
    expect(isOpenMetrics(open)).toBe(true);
    const plain = await registry.render();
    expect(plain).not.toMatch(/trace_id|EOF/);
    expect(plain).toContain('# TYPE manyhands_jobs_finished_total counter\n');
    expect(isOpenMetrics(plain)).toBe(false);
    expect(asPlain(plain)).toBe(plain);
  });

  it.each([
    [
      'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
      true,
    ],
    ['text/plain, application/openmetrics-text', true],
    ['text/plain', false],
    ['*/*', false],
    [undefined, false],
  ])('a reader that accepts %s', (accept, open) => expect(takesOpenMetrics(accept)).toBe(open));

  it('adds the process itself when asked', async () => {
    expect(await createRegistry('metrics', { processMetrics: true }).render()).toContain('process_cpu_seconds_total');
  });
});
