/**
 * A real Prometheus that scrapes a system of ours by the alerts of deploy/observe, its minutes made shorter.
 *
 * Debian: `apt install prometheus`. Where the program is missing, what needs it is skipped by name.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { reservedPort } from '@manyhands/testkit';
import { vi } from 'vitest';
import { repository } from '../fixture/system.ts';

export const prometheusProgram = (process.env['PATH'] ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'prometheus'))
  .find((path) => existsSync(path));

const folder = join(repository, 'deploy/observe');
const rules = readFileSync(join(folder, 'rules.yaml'), 'utf8');

/** Every alert there is. */
export const ALERTS: readonly string[] = [...rules.matchAll(/alert: (\w+)/g)].map(([, name]) => name!);

/** Every metric of docs/operations/metrics.md. */
export const METRICS_OF_PAGE: readonly { name: string; isHistogram: boolean }[] = [
  ...readFileSync(join(repository, 'docs/operations/metrics.md'), 'utf8').matchAll(/^\| `(\w+_\w+)` +\| (\w+)/gm),
].map(([, name, type]) => ({ name: name!, isHistogram: type === 'histogram' || name!.startsWith('nodejs_gc_') }));

/** As what Prometheus asks a system. */
const JOB = 'manyhands';

/** The alerts, waiting and looking back as many times `minuteMs` as they state minutes. Pure. */
function rulesAtPace(minuteMs: number): string {
  return rules.replace(
    /(for: |offset )(\d+)m\b/g,
    (_, what: string, minutes: string) => `${what}${Number(minutes) * minuteMs}ms`,
  );
}

/** What each panel of the Grafana board asks, with the window that Grafana would fill in, of the system that `startPrometheus` asks and all processes of it. */
export function boardQueries(rateWindow: string): { title: string; expr: string }[] {
  const { panels } = JSON.parse(readFileSync(join(folder, 'board.json'), 'utf8')) as {
    panels: { title: string; targets?: { expr: string }[] }[];
  };
  return panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({
      title,
      expr: expr.replaceAll('$__rate_interval', rateWindow).replaceAll('$job', JOB).replaceAll('$instance', '.*'),
    })),
  );
}

interface Sample {
  metric: Record<string, string>;
  value: number;
}

export interface Prometheus {
  /** Series with their values now. */
  query(expr: string): Promise<Sample[]>;
  /** Names of the alerts that fire now, in the order of the alphabet. */
  firing(): Promise<string[]>;
  /** Names of those that fired at any moment within the last `seconds`. */
  firedWithin(seconds: number): Promise<string[]>;
  /** Names of series of which an example has this trace. */
  seriesOfTrace(traceId: string, series: string): Promise<string[]>;
  stop(): Promise<void>;
}

/** `targets`: addresses like 127.0.0.1:8000, scraped every second. */
export async function startPrometheus(targets: readonly string[], minuteMs: number): Promise<Prometheus> {
  const home = mkdtempSync(join(tmpdir(), 'prometheus-'));
  const port = await reservedPort();
  writeFileSync(join(home, 'rules.yaml'), rulesAtPace(minuteMs));
  const config = {
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: ['rules.yaml'],
    scrape_configs: [{ job_name: JOB, static_configs: [{ targets }] }],
  };
  // YAML is a superset of JSON.
  writeFileSync(join(home, 'prometheus.yaml'), JSON.stringify(config));
  const child = spawn(
    prometheusProgram!,
    [
      `--config.file=${join(home, 'prometheus.yaml')}`,
      `--storage.tsdb.path=${join(home, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--enable-feature=exemplar-storage',
      '--log.level=warn',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let output = '';
  child.stderr.on('data', (data: Buffer) => (output += data.toString()));
  const exited = new Promise((done) => child.once('exit', done));

  async function ask(path: string): Promise<unknown> {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`);
    const { status, data, error } = (await answer.json()) as { status: string; data: unknown; error?: string };
    if (status !== 'success') throw new Error(`${path}: ${error}`);
    return data;
  }
  const query = async (expr: string): Promise<Sample[]> => {
    const { result } = (await ask(`/api/v1/query?query=${encodeURIComponent(expr)}`)) as {
      result: { metric: Record<string, string>; value: [number, string] }[];
    };
    return result.map(({ metric, value: [, value] }) => ({ metric, value: Number(value) }));
  };
  const namesOf = (samples: readonly Sample[]): string[] =>
    [...new Set(samples.map(({ metric }) => metric['alertname']!))].toSorted((a, b) => (a < b ? -1 : 1));
  await vi.waitFor(
    async () => {
      const { status } = await fetch(`http://127.0.0.1:${port}/-/ready`);
      if (status !== 200) throw new Error(`Prometheus is not ready: ${output.slice(-1_000)}`);
    },
    { timeout: 20_000, interval: 50 },
  );
  return {
    query,
    firing: async () => namesOf(await query('ALERTS{alertstate="firing"}')),
    firedWithin: async (seconds) => namesOf(await query(`max_over_time(ALERTS{alertstate="firing"}[${Math.ceil(seconds)}s])`)),
    async seriesOfTrace(traceId, series) {
      const nowSec = Date.now() / 1_000;
      const found = (await ask(
        `/api/v1/query_exemplars?query=${encodeURIComponent(series)}&start=${nowSec - 600}&end=${nowSec + 10}`,
      )) as { seriesLabels: Record<string, string>; exemplars: { labels: Record<string, string> }[] }[];
      const ofTrace = found.filter(({ exemplars }) => exemplars.some(({ labels }) => labels['trace_id'] === traceId));
      return [...new Set(ofTrace.map(({ seriesLabels }) => seriesLabels['__name__']!))].toSorted();
    },
    async stop() {
      child.kill('SIGTERM');
      await exited;
      rmSync(home, { recursive: true, force: true });
    },
  };
}
