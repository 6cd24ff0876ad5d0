/** The commands of docs/operations/disaster-recovery.md with the real `nats` CLI: a backup amidst jobs, everything is lost, and a restore. Skipped by name where it is not installed. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openBroker } from '@manyhands/broker';
import { STREAMS } from '@manyhands/proto';
import { SERVICE_IDENTITIES } from '@manyhands/proto/identities';
import { createIdentities, type NatsServer, reservedPort, startNatsServer } from '@manyhands/testkit';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { rest } from '../fixture/rest.ts';
import { natsServer, repository } from '../fixture/system.ts';
import { commandsOf, natsCli, runInShell } from './nats-cli.ts';

const CHUNKS = 60;

describe.skipIf(natsCli === undefined)('a backup (skipped where the nats CLI is not installed)', () => {
  const home = mkdtempSync(join(tmpdir(), 'backup-'));
  const store = join(home, 'store');
  const history = join(home, 'metrics');
  const identities = createIdentities();
  let nats: NatsServer;
  let env: NodeJS.ProcessEnv;
  let api: ReturnType<typeof rest>;
  let services: ChildProcess[] = [];

  beforeAll(async () => {
    process.env['MANYHANDS_NATS_SERVER'] = natsServer();
    mkdirSync(history);
    writeFileSync(join(home, 'admin.nkey'), identities.seeds.admin, { mode: 0o600 });
    nats = await startNatsServer({ storeDir: store, extraConfig: identities.config });
    const port = await reservedPort();
    api = rest(`http://127.0.0.1:${port}`);
    env = {
      ...process.env,
      NATS_URL: nats.url,
      MANYHANDS_STORAGE_GB: '1',
      MANYHANDS_HOME: history,
      MANYHANDS_SLOTS: '2',
      MANYHANDS_KIND_MODULES: `builtin,${join(repository, 'e2e/fixture/slow-kinds.ts')}`,
      PORT: String(port),
    };
  });
  afterAll(async () => {
    for (const child of services) child.kill('SIGKILL');
    await nats?.stop();
    rmSync(home, { recursive: true, force: true });
  });

  const keyOf = (identity: keyof typeof identities.seeds) => ({ ...env, MANYHANDS_NATS_NKEY: identities.seeds[identity] });

  /** As units do it: first the streams. */
  async function start(): Promise<void> {
    const inRepository = { cwd: repository, stdio: 'ignore' } as const;
    execFileSync(process.execPath, ['services/coordinator/dist/provision/main.js'], { ...inRepository, env: keyOf('provision') });
    services = SERVICE_IDENTITIES.map((name) =>
      spawn(process.execPath, [`services/${name}/dist/main.js`], { ...inRepository, env: keyOf(name) }),
    );
    await vi.waitFor(async () => expect((await api.get('/readyz')).status).toBe(200), { timeout: 60_000, interval: 100 });
  }

  async function stop(): Promise<void> {
    const exits = services.map((child) => once(child, 'exit'));
    for (const child of services.splice(0)) child.kill('SIGTERM');
    expect(await Promise.all(exits)).toEqual(SERVICE_IDENTITIES.map(() => [0, null]));
  }

  /** With the folders of this test in the place of a host's. */
  async function run(what: string): Promise<string> {
    const text = ['settings', what]
      .map((wanted) => commandsOf('disaster-recovery.md').find((block) => block.what === wanted)!.text)
      .join('\n')
      .replaceAll('nats://127.0.0.1:4222', nats.url)
      .replaceAll('/etc/manyhands/nats/', `${home}/`)
      .replaceAll('/var/lib/manyhands/metrics', history);
    expect(text).not.toMatch(/\/(etc|var)\//);
    const { stdout, stderr } = await runInShell(text, { cwd: home, env: { XDG_CONFIG_HOME: home } });
    expect(stderr).not.toContain('deprecated');
    return stdout;
  }

  /** Those for Kubernetes, with a `kubectl` that runs here what the pod would. */
  async function runForKubernetes(what: string): Promise<void> {
    const programs = join(home, 'programs');
    mkdirSync(programs, { recursive: true });
    writeFileSync(join(programs, 'kubectl'), '#!/bin/sh\nwhile [ "$1" != -- ]; do shift; done\nshift\nexec "$@"\n', {
      mode: 0o755,
    });
    const text = commandsOf('disaster-recovery.md')
      .find((block) => block.what === what)!
      .text.replaceAll('nats://127.0.0.1:4222', nats.url)
      .replaceAll('keys/admin.nkey', `${home}/admin.nkey`)
      .replaceAll('/data', history);
    await runInShell(`PATH=${programs}:$PATH\n${text}`, { cwd: home, env: { XDG_CONFIG_HOME: home } });
  }

  /** The streams, with how much those have of which nothing leaves by itself, and what the history has. */
  async function stored(): Promise<unknown> {
    const broker = await openBroker({ url: nats.url, access: { nkey: identities.seeds.admin }, name: 'admin' });
    const streams: Record<string, unknown> = {};
    for await (const { config, state } of broker.manager.streams.list())
      streams[config.name] = ['EVENTS', 'KV_jobs', 'KV_job_state', 'SCHEDULES', 'WORK'].includes(config.name) && [
        state.messages,
        state.first_seq,
        state.last_seq,
        state.consumer_count,
      ];
    await broker.close();
    const database = new DatabaseSync(join(history, 'history.sqlite'), { readOnly: true });
    const jobs = database.prepare('SELECT job_id, status FROM jobs ORDER BY job_id').all();
    database.close();
    return { streams, jobs };
  }

  async function loseEverything(): Promise<void> {
    await nats.kill();
    for (const folder of [store, history]) rmSync(folder, { recursive: true });
    mkdirSync(history);
    await nats.restart();
    leaveJournal();
  }

  const isKept = (id: string) =>
    vi.waitFor(async () => expect(JSON.stringify((await api.get('/v1/history')).json)).toContain(id), 20_000);

  /** What leaves by itself after a week: then the history alone has it. */
  async function forgetEvents(): Promise<void> {
    const broker = await openBroker({ url: nats.url, access: { nkey: identities.seeds.admin }, name: 'admin' });
    await broker.manager.streams.purge(STREAMS.events.name);
    await broker.close();
  }

  /** Of a metrics process that made another history here, and was killed. */
  function leaveJournal(): void {
    const other = join(mkdtempSync(join(home, 'other-')), 'other.sqlite');
    const database = new DatabaseSync(other);
    database.exec(`PRAGMA journal_mode = WAL; CREATE TABLE other (id TEXT); INSERT INTO other VALUES ('${'x'.repeat(100_000)}')`);
    cpSync(`${other}-wal`, join(history, 'history.sqlite-wal'));
    database.close();
  }

  it(
    'taken amidst a job and put back on an empty server: what was finished is there, what ran ends right, what was due runs',
    { timeout: 180_000 },
    async () => {
      await start();
      const finished = await api.submit({ kind: 'sum', params: { n: 10_000 }, chunks: 8 });
      expect(await api.finish(finished)).toMatchObject({ status: 'completed', result: 50_005_000 });
      await isKept(finished);
      await forgetEvents();
      const running = await api.submit({ kind: 'slow', params: { ms: 100 }, chunks: CHUNKS });
      const run_at = new Date(Date.now() + 6_000).toISOString();
      const { json: schedule } = await api.post('/v1/jobs', { kind: 'sum', params: { n: 100 }, chunks: 1, run_at });
      await vi.waitFor(async () => expect((await api.get(`/v1/jobs/${running}`)).json.completed_chunks).toBeGreaterThan(5), {
        timeout: 30_000,
        interval: 50,
      });
      await stop();
      // As every night: that of the night before is there.
      mkdirSync(join(home, 'backup/nats/before'), { recursive: true });
      const saved = await run('backup');
      expect(saved).toContain('MAILBOX');
      expect(readdirSync(join(home, 'backup.old/nats'))).toEqual(['before']);

      await loseEverything();
      await run('restore');
      await start();
      expect((await api.get(`/v1/jobs/${finished}`)).json).toMatchObject({ status: 'completed', result: 50_005_000 });
      await isKept(finished);
      expect(await api.finish(running)).toMatchObject({
        status: 'completed',
        result: CHUNKS,
        completed_chunks: CHUNKS,
        failed_chunks: 0,
        retries: 0,
      });
      await isKept(running);
      const ofSchedule = await vi.waitFor(async () => {
        const { json } = await api.get('/v1/jobs');
        const found = (json.jobs as { job_id: string; schedule_id?: string }[]).find(
          ({ schedule_id }) => schedule_id === schedule.schedule_id,
        );
        expect(found).toBeDefined();
        return found!.job_id;
      }, 30_000);
      expect(await api.finish(ofSchedule)).toMatchObject({ status: 'completed', result: 5_050 });
      await stop();
      expect(nats.violations).toEqual([]);
    },
  );

  it('the commands for Kubernetes put back the same, streams and history', async () => {
    const before = await stored();
    expect(before).toMatchObject({ streams: { KV_jobs: [3, expect.any(Number), expect.any(Number), 0] }, jobs: { length: 3 } });
    await runForKubernetes('kubernetes_backup');
    await loseEverything();
    await runForKubernetes('kubernetes_restore');
    expect(await stored()).toEqual(before);
  });
});
