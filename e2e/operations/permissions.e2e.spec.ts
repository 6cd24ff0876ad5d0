/**
 * The real services, each signed in as itself on a server that allows it what the table of permissions states, and nothing more: what they do is enough, and
 * they try nothing else, over a kill of the server too.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBroker, provision } from '@manyhands/broker';
import { SERVICE_IDENTITIES } from '@manyhands/proto/identities';
import { createIdentities, type NatsServer, reservedPort, startNatsServer } from '@manyhands/testkit';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { rest } from '../fixture/rest.ts';
import { natsServer, repository } from '../fixture/system.ts';

const home = mkdtempSync(join(tmpdir(), 'permissions-'));
const identities = createIdentities();
const children: ChildProcess[] = [];
let nats: NatsServer;
let baseUrl: string;

beforeAll(async () => {
  process.env['MANYHANDS_NATS_SERVER'] = natsServer();
  nats = await startNatsServer({ extraConfig: identities.config });
  const access = { nkey: identities.seeds.provision };
  const broker = await openBroker({ url: nats.url, access, name: 'provision' });
  await provision(broker, { storageGb: 1, retentionHours: 24, as: 'provision' });
  await broker.close();
  const port = await reservedPort();
  baseUrl = `http://127.0.0.1:${port}`;
  for (const name of SERVICE_IDENTITIES)
    children.push(
      spawn(process.execPath, [join(repository, 'services', name, 'dist/main.js')], {
        env: {
          ...process.env,
          NATS_URL: nats.url,
          MANYHANDS_NATS_NKEY: identities.seeds[name],
          MANYHANDS_STORAGE_GB: '1',
          MANYHANDS_HOME: home,
          MANYHANDS_SLOTS: '2',
          PORT: String(port),
        },
        stdio: 'ignore',
      }),
    );
  await becomesReady();
}, 120_000);
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await nats.stop();
  rmSync(home, { recursive: true, force: true });
});

const becomesReady = () =>
  vi.waitFor(async () => expect((await fetch(`${baseUrl}/readyz`)).status).toBe(200), { timeout: 60_000, interval: 200 });

const statusOf = async (id: string) => (await rest(baseUrl).finish(id)).status as string;
const read = ['/v1/jobs', '/v1/history', '/v1/dead-letters', '/v1/kinds', '/v1/schedules', '/v1/workers', '/metrics'];

it(
  'jobs, commands, inputs, schedules, logs and figures work, and the server has refused nothing',
  { timeout: 240_000 },
  async () => {
    const api = rest(baseUrl);
    expect(await statusOf(await api.submit({ kind: 'sum', params: { n: 10_000 }, chunks: 8 }))).toBe('completed');
    const long = await api.submit({ kind: 'primes', params: { n: 300_000_000 }, chunks: 64 });
    await api.post(`/v1/jobs/${long}/pause`, {});
    await api.post(`/v1/jobs/${long}/resume`, {});
    const cancelled = await api.submit({ kind: 'primes', params: { n: 2_000_000_000 }, chunks: 64 });
    await api.delete(`/v1/jobs/${cancelled}`);
    expect(await statusOf(cancelled)).toBe('cancelled');
    await nats.kill();
    await nats.restart();
    await becomesReady();
    expect(await statusOf(long)).toBe('completed');
    for (const path of [...read, `/v1/jobs/${long}/logs`]) expect([path, (await api.get(path)).status]).toEqual([path, 200]);
    const headers = { 'content-type': 'application/x-ndjson' };
    expect((await fetch(`${baseUrl}/v1/inputs`, { method: 'POST', headers, body: '1\n2\n' })).status).toBe(201);
    const run_at = new Date(Date.now() + 2_000).toISOString();
    const { json: schedule } = await api.post('/v1/jobs', { kind: 'sum', params: { n: 10 }, chunks: 1, run_at });
    await vi.waitFor(
      async () => expect(JSON.stringify((await api.get('/v1/jobs')).json)).toContain(schedule.schedule_id),
      30_000,
    );
    for (const child of children) child.kill('SIGTERM');
    await Promise.all(children.map((child) => child.exitCode ?? new Promise((ended) => child.once('exit', ended))));
    expect(children.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0]);
    expect(nats.violations).toEqual([]);
  },
);
