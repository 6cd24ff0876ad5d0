/**
 * An upgrade while jobs run, and the way back: each process is replaced alone, so every pair of an old and a new one meets. Old is the build of an earlier
 * commit, new is what is here. The streams and buckets are made by the old one and changed by the new one, with the command of docs/operations/upgrading.md.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type NatsServer, reservedPort, startNatsServer } from '@manyhands/testkit';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { rest } from '../fixture/rest.ts';
import { natsServer, repository } from '../fixture/system.ts';
import { hasHistory, oldBuild } from './old-build.ts';

type Build = 'old' | 'new';
type Service = 'coordinator' | 'compute' | 'gateway';

/** Long enough that a process is replaced amidst it. */
const job = { kind: 'primes', params: { n: 1_000_000_000 }, chunks: 200 };
const finished = { status: 'completed', result: 50_847_534, completed_chunks: 200 };

describe.skipIf(!hasHistory())('an upgrade, service by service, and the way back', () => {
  const home = mkdtempSync(join(tmpdir(), 'upgrade-'));
  const running = new Map<Service, ChildProcess>();
  let folders: Record<Build, string>;
  let nats: NatsServer;
  let env: NodeJS.ProcessEnv;
  let port: number;

  /** The process that runs is ended first, as a supervisor does it. */
  async function replace(service: Service, build: Build): Promise<void> {
    const before = running.get(service);
    if (before !== undefined) {
      const ended = once(before, 'exit');
      before.kill('SIGTERM');
      expect(await ended, `${service} ends`).toEqual([0, null]);
    }
    const main = join(folders[build], 'services', service, 'dist/main.js');
    running.set(service, spawn(process.execPath, [main], { cwd: folders[build], env, stdio: ['ignore', 'ignore', 'inherit'] }));
  }

  beforeAll(async () => {
    process.env['MANYHANDS_NATS_SERVER'] = natsServer();
    folders = { old: oldBuild(), new: repository };
    nats = await startNatsServer();
    port = await reservedPort();
    env = {
      ...process.env,
      NODE_OPTIONS: '',
      NATS_URL: nats.url,
      MANYHANDS_HOME: home,
      MANYHANDS_SLOTS: '1',
      PORT: String(port),
    };
    await replace('coordinator', 'old');
    await replace('compute', 'old');
  }, 180_000);
  afterAll(async () => {
    for (const child of running.values()) child.kill('SIGKILL');
    await nats?.stop();
    rmSync(home, { recursive: true, force: true });
  });

  /** Begins a job, replaces a service once some of it is done, and waits for the answer. */
  async function replaceAmidst(service: Service, build: Build): Promise<void> {
    const api = rest(`http://127.0.0.1:${port}`);
    const id = await api.submit(job);
    const begun = await vi.waitFor(
      async () => {
        const { json } = await api.get(`/v1/jobs/${id}`);
        expect(json.completed_chunks).toBeGreaterThan(0);
        return json;
      },
      { timeout: 60_000, interval: 10 },
    );
    expect(begun.status, 'it is replaced amidst the job').toBe('running');
    await replace(service, build);
    expect(await api.finish(id)).toMatchObject(finished);
  }

  it('the command of the guide makes the streams as the new build has them, while old processes run', async () => {
    const page = readFileSync(join(repository, 'docs/operations/upgrading.md'), 'utf8');
    const [, command = ''] = /^ *```sh provision\n(.*?)\n *```$/ms.exec(page)!;
    execFileSync('sh', ['-ec', command], { cwd: folders.new, env, stdio: 'pipe' });
    await replace('gateway', 'new');
    await vi.waitFor(async () => expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200), {
      timeout: 60_000,
      interval: 100,
    });
  });

  it.each([
    { service: 'coordinator', build: 'new', beside: 'an old worker' },
    { service: 'compute', build: 'new', beside: 'a new coordinator' },
    { service: 'coordinator', build: 'old', beside: 'a new worker' },
    { service: 'compute', build: 'old', beside: 'an old coordinator' },
  ] as const)('a job goes on when $service is replaced by the $build build, beside $beside', ({ service, build }) =>
    replaceAmidst(service, build),
  );
});
