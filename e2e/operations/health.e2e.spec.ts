import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type NatsServer, reservedPort, startNatsServer } from '@manyhands/testkit';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { natsServer, repository } from '../fixture/system.ts';
import { rest } from '../fixture/rest.ts';

const names = ['coordinator', 'compute', 'metrics', 'gateway'] as const;
type Name = (typeof names)[number];

/** A process that is stopped by others is given 10 s or more; of the time that takes here a busy machine is a part. */
const ENDS_WITHIN_MS = 15_000;

const home = mkdtempSync(join(tmpdir(), 'health-'));
let nats: NatsServer;
const processes = new Map<Name, { child: ChildProcess; port: number }>();

beforeAll(async () => {
  process.env['MANYHANDS_NATS_SERVER'] = natsServer();
  nats = await startNatsServer();
  for (const name of names) {
    const port = await reservedPort();
    const env = { ...process.env, NATS_URL: nats.url, MANYHANDS_HOME: home, MANYHANDS_SLOTS: '1' };
    const child = spawn(process.execPath, [join(repository, 'services', name, 'dist/main.js')], {
      env: { ...env, [name === 'gateway' ? 'PORT' : 'HEALTH_PORT']: String(port) },
      stdio: 'ignore',
    });
    processes.set(name, { child, port });
  }
});
afterAll(async () => {
  for (const { child } of processes.values()) child.kill('SIGKILL');
  await nats.stop();
  rmSync(home, { recursive: true, force: true });
});

async function statusOf(name: Name, path: string): Promise<number> {
  return fetch(`http://127.0.0.1:${processes.get(name)!.port}${path}`).then(
    ({ status }) => status,
    () => 0,
  );
}

async function everywhere(path: string, status: number): Promise<void> {
  for (const name of names)
    await vi.waitFor(async () => expect(`${name} ${await statusOf(name, path)}`).toBe(`${name} ${status}`), { timeout: 30_000 });
}

// Measured before: 41 s for the coordinator, 31 s for compute, and whoever waits for less kills them.
it('each service states whether it works, and ends soon while NATS is gone and a chunk runs', { timeout: 120_000 }, async () => {
  await everywhere('/healthz', 200);
  await everywhere('/readyz', 200);
  expect(await (await fetch(`http://127.0.0.1:${processes.get('coordinator')!.port}/metrics`)).text()).toContain(
    'process_resident_memory_bytes{service="coordinator"}',
  );
  const job = await rest(`http://127.0.0.1:${processes.get('gateway')!.port}`).post('/v1/jobs', {
    kind: 'primes',
    params: { n: 2_000_000_000 },
    chunks: 1,
  });
  expect(job.status).toBe(202);

  await nats.kill();
  await everywhere('/readyz', 503);
  await everywhere('/healthz', 200);

  const took = await Promise.all(
    names.map(async (name) => {
      const { child } = processes.get(name)!;
      const ended = once(child, 'exit') as Promise<[number | null]>;
      const fromMs = performance.now();
      child.kill('SIGTERM');
      const [code] = await ended;
      return { name, code, late: performance.now() - fromMs > ENDS_WITHIN_MS };
    }),
  );
  expect(took).toEqual(names.map((name) => ({ name, code: 0, late: false })));
});
