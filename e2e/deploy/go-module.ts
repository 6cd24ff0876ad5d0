/** What Go's proxy has of Kubernetes and of what extends it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const KUBERNETES = 'k8s.io/kubernetes@v1.36.3';
export const KEDA = 'github.com/kedacore/keda/v2@v2.21.0';
export const PROMETHEUS_OPERATOR = 'github.com/prometheus-operator/prometheus-operator@v0.85.0';

/** The folder of a module, downloaded where it is not there yet. */
export function goModule(name: string): string {
  const elsewhere = mkdtempSync(join(tmpdir(), 'go-module-'));
  const answer = execFileSync('go', ['mod', 'download', '-json', name], { cwd: elsewhere, encoding: 'utf8' });
  rmdirSync(elsewhere);
  return (JSON.parse(answer) as { Dir: string }).Dir;
}

/** Whether it is on this machine already; without Go it is not. */
export function hasGoModule(name: string): boolean {
  const env = { ...process.env, GOPROXY: 'off' };
  return spawnSync('go', ['mod', 'download', name], { cwd: tmpdir(), env }).status === 0;
}
