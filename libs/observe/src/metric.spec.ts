import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { METRICS } from './metric.ts';

const services = join(import.meta.dirname, '../../../services');
const code = globSync('*/src/**/*.ts', { cwd: services })
  .filter((file) => !/\.(spec|fixture)\.ts$/.test(file))
  .map((file) => readFileSync(join(services, file), 'utf8'))
  .join('\n');

// Seen: four metrics stood in the table, and no process had them.
test.each(Object.keys(METRICS))('metric %s is made by a service', (key) => {
  expect(code).toMatch(new RegExp(`\\.(counter|gauge|histogram)\\(METRICS\\.${key}\\)`));
});

test('names are Prometheus names: ours, with their unit, and _total where they count', () => {
  const names = Object.values(METRICS).map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^manyhands_[a-z_]+[a-z]$/);
});
