/** The Helm chart as it can be rendered here, and the programs of Kubernetes: in the PATH or among Go's programs. */
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { parse } from 'yaml';
import { repository } from '../fixture/system.ts';

export const chartSource = join(repository, 'deploy/helm/manyhands');
/** Files of values that the chart has, and none. */
export const valueSets = ['', ...globSync('ci/*.yaml', { cwd: chartSource }).sort()];

/** Copies the chart to `target`. The official NATS chart is in no registry of packages, so a stub stands for it. */
export function copyChart(target: string): void {
  cpSync(chartSource, target, { recursive: true });
  mkdirSync(join(target, 'charts/nats'), { recursive: true });
  const { dependencies } = parse(readFileSync(join(chartSource, 'Chart.yaml'), 'utf8')) as {
    dependencies: { version: string }[];
  };
  writeFileSync(join(target, 'charts/nats/Chart.yaml'), `apiVersion: v2\nname: nats\nversion: ${dependencies[0]!.version}\n`);
}

/** Undefined where it is not installed. */
export function programIn(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), join(process.env['GOPATH'] ?? join(homedir(), 'go'), 'bin')];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}
