import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EXPOSED, LABELS, METRICS, type Metric } from './metric.ts';

const services = join(import.meta.dirname, '../../../services');
const code = globSync('*/src/**/*.ts', { cwd: services })
  .filter((file) => !/\.(spec|fixture)\.ts$/.test(file))
  .map((file) => readFileSync(join(services, file), 'utf8'))
  .join('\n');

// Seen: four metrics stood in the table, and no process had them.
test.each(Object.keys(METRICS))('metric %s is made by a service', (key) => {
  expect(code).toMatch(new RegExp(`\\.${METRICS[key as keyof typeof METRICS].type}\\(METRICS\\.${key}\\)`));
});

test('names are Prometheus names: ours, with their unit, and _total where they count', () => {
  const names = Object.values(METRICS).map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^manyhands_[a-z_]+[a-z]$/);
});

test('what counts ends with _total, and nothing else does; what is measured ends with its unit', () => {
  for (const { name, type, buckets } of Object.values<Metric>(METRICS)) {
    expect(name.endsWith('_total'), name).toBe(type === 'counter');
    if (type === 'histogram') expect(name, name).toMatch(/_(seconds|bytes)$/);
    expect(buckets === undefined, name).toBe(type !== 'histogram');
  }
});

test('every label is one of those whose values are few', () => {
  for (const { name, labels } of Object.values<Metric>(METRICS))
    for (const label of labels) expect(Object.keys(LABELS), name).toContain(label);
});

test('each metric is exposed by a service', () => {
  const exposed = new Set(Object.values(EXPOSED).flat());
  for (const metric of Object.values<Metric>(METRICS)) expect(exposed, metric.name).toContain(metric);
});
