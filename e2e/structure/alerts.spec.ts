/**
 * The alerts and the board of deploy/observe name metrics that exist. What the alerts fire on is tested by Prometheus' own `promtool`, where it is installed
 * (Debian: `apt install prometheus`; or `go install github.com/prometheus/prometheus/cmd/promtool@latest`).
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { METRICS, COORDINATOR_COUNTS, coordinatorMetric, createRegistry, type Metric } from '@manyhands/observe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';

interface Rule {
  alert: string;
  expr: string;
  annotations: Record<string, string>;
}
interface RuleTest {
  alert_rule_test: { alertname: string; exp_alerts: unknown[] }[];
}
interface Panel {
  id: number;
  title: string;
  type: string;
  datasource?: { uid: string };
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: { expr: string }[];
}

const folder = join(import.meta.dirname, '../../deploy/observe');
const read = (file: string): string => readFileSync(join(folder, file), 'utf8');
const rules = (parse(read('rules.yaml')) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules);
const tests = (parse(read('rules.test.yaml')) as { tests: RuleTest[] }).tests.flatMap((test) => test.alert_rule_test);
const { panels, templating } = JSON.parse(read('board.json')) as {
  panels: Panel[];
  templating: { list: { name: string; includeAll?: boolean; query: string | { query: string } }[] };
};
const queries = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

const promtool = [...(process.env['PATH'] ?? '').split(':'), join(process.env['GOPATH'] ?? join(homedir(), 'go'), 'bin')]
  .map((place) => join(place, 'promtool'))
  .find((path) => existsSync(path));

/** Each name of a series, as Prometheus stores it, and its labels. */
const series = new Map<string, readonly string[]>();

beforeAll(async () => {
  const counts = Object.keys(COORDINATOR_COUNTS).map((name) => coordinatorMetric(name));
  for (const { name, type, labels } of [...Object.values<Metric>(METRICS), ...counts]) {
    if (type !== 'histogram') series.set(name, labels);
    else
      for (const part of ['bucket', 'sum', 'count'])
        series.set(`${name}_${part}`, part === 'bucket' ? [...labels, 'le'] : labels);
  }
  const text = await createRegistry('x', { processMetrics: true }).render();
  for (const [, name] of text.matchAll(/^# TYPE (\S+)/gm)) series.set(name!, []);
});

/** Names in a query that no metric has, and labels that none of its metrics has. */
function strangersIn(expr: string): string[] {
  const names = [...expr.matchAll(/\b(?:manyhands|process|nodejs)_\w+/g)].map(([name]) => name);
  const labels = ['service', 'instance', 'job', ...names.flatMap((name) => series.get(name) ?? [])];
  const used = [...expr.matchAll(/\b(?:by|on) \(([^)]*)\)|(\w+)=~?"/g)].flatMap(([, list, one]) => (one ?? list)!.split(', '));
  expect(names, expr).not.toEqual([]);
  return [...names.filter((name) => !series.has(name)), ...used.filter((label) => !labels.includes(label))];
}

describe('alerts', () => {
  it('name metrics and labels that exist, and state what is wrong and what to do', () => {
    expect(rules.length).toBeGreaterThanOrEqual(6);
    for (const { alert, expr, annotations } of rules) {
      expect(strangersIn(expr), alert).toEqual([]);
      for (const text of [annotations['summary'], annotations['description']]) expect(text, alert).toMatch(/^.{20,}\.$/);
    }
  });

  it('each have a test in which they fire, and are silent in the calm one', () => {
    for (const { alert } of rules) {
      const own = tests.filter(({ alertname }) => alertname === alert);
      expect(own.filter(({ exp_alerts: alerts }) => alerts.length > 0).length, alert).toBeGreaterThanOrEqual(1);
      expect(own.filter(({ exp_alerts: alerts }) => alerts.length === 0).length, alert).toBeGreaterThanOrEqual(2);
    }
    expect(new Set(tests.map(({ alertname }) => alertname))).toEqual(new Set(rules.map(({ alert }) => alert)));
  });

  it.skipIf(promtool === undefined)('fire on what they are for, and on nothing in a calm hour, by promtool', () => {
    for (const given of [
      ['check', 'rules', 'rules.yaml'],
      ['test', 'rules', 'rules.test.yaml'],
    ]) {
      const { status, stdout, stderr } = spawnSync(promtool!, given, { cwd: folder, encoding: 'utf8' });
      expect(status, stdout + stderr).toBe(0);
    }
  });
});

describe('the board', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'board-'));
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  it('asks for metrics and labels that exist, each panel of a data source that is chosen', () => {
    expect(queries.length).toBeGreaterThan(20);
    for (const query of queries) expect(strangersIn(query), query).toEqual([]);
    for (const { targets, datasource, title } of panels) if (targets) expect(datasource?.uid, title).toBe('${datasource}');
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  });

  // Seen: where one Prometheus asked two systems, each panel mixed them.
  it('asks for one system and the processes that are chosen, of those that this Prometheus asks', () => {
    const chosen = '{job=~"$job",instance=~"$instance"}';
    for (const query of queries) {
      const named = [...query.matchAll(/\b(?:manyhands|process|nodejs)_\w+(\{.*?\})?/g)];
      expect(
        named.map(([, of]) => of).filter((of) => of !== chosen),
        query,
      ).toEqual([]);
    }
    const variables = templating.list.map(({ name, includeAll, query }) => [name, includeAll, Object(query).query ?? query]);
    expect(variables).toEqual([
      ['datasource', undefined, 'prometheus'],
      // All of them together is what no panel can show rightly.
      ['job', false, 'label_values(manyhands_workers, job)'],
      ['instance', true, 'label_values(process_resident_memory_bytes{job=~"$job"}, instance)'],
    ]);
  });

  it('shows every metric of the system and of gateways', () => {
    const shown = queries.join('\n');
    const hidden = Object.values<Metric>(METRICS).filter(({ name }) => !shown.includes(name));
    expect(hidden.map(({ name }) => name)).toEqual([]);
  });

  it('has no two panels in one place', () => {
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    for (const { gridPos, title } of panels) expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
  });

  it.skipIf(promtool === undefined)('has queries that Prometheus can read, by promtool', () => {
    const file = join(scratch, 'queries.yaml');
    const asRules = queries.map((query, index) => ({ record: `q:${index}`, expr: query.replaceAll('$__rate_interval', '1m') }));
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'board', rules: asRules }] }));
    const { status, stdout, stderr } = spawnSync(promtool!, ['check', 'rules', file], { encoding: 'utf8' });
    expect(status, stdout + stderr).toBe(0);
  });
});
