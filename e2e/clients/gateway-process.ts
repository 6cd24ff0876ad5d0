/** One gateway process as it is shipped, with what it says of itself and what the system says of it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { reservedPort } from '@manyhands/testkit';

export interface GatewayProcess {
  readonly origin: string;
  readonly pid: number;
  /** The value of one of its own metrics, summed over labels that match. */
  metric(name: string, labels?: string): Promise<number>;
  stop(): Promise<void>;
}

const root = resolve(import.meta.dirname, '../..');

/** Ready once it has read what is in the buckets. */
export async function startGateway(natsUrl: string, nodeArgs: readonly string[] = []): Promise<GatewayProcess> {
  const port = await reservedPort();
  const child = spawn(process.execPath, [...nodeArgs, 'services/gateway/dist/main.js'], {
    cwd: root,
    env: { ...process.env, NATS_URL: natsUrl, PORT: String(port), HOST: '127.0.0.1', MANYHANDS_LOG_LEVEL: 'error' },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const origin = `http://127.0.0.1:${port}`;
  while (!(await answers(`${origin}/v1/jobs`))) {
    if (child.exitCode !== null) throw new Error(`the gateway ended with ${child.exitCode}`);
    await new Promise((resume) => setTimeout(resume, 50));
  }
  return {
    origin,
    pid: child.pid!,
    async metric(name, labels = '') {
      const text = await (await fetch(`${origin}/metrics`)).text();
      return text
        .split('\n')
        .filter((line) => line.startsWith(`${name}{`) && line.includes(labels))
        .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
    },
    async stop() {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    },
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

/** Seconds of CPU a process has used so far. */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Resident megabytes of a process. */
export function residentMb(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
}
