import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createOutbox, openBroker, openBucket } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import { coreSubjects, decode, encode, eventSubjects, FinishedStatistics, HistoryPage, keys, newJobId } from '@manyhands/proto';
import { aJobFinished, startNatsServer, type NatsServer } from '@manyhands/testkit';
import type { INestApplication } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { startMetrics } from './application.ts';
import { readConfig, type MetricsConfig } from './config.ts';
import { SystemMetrics } from './expose/system-metrics.ts';
import { HistoryReader } from './history/history-reader.ts';
import { openSqlite } from './sql/sqlite.ts';

let server: NatsServer;
let broker: Broker;
let folder: string;
let config: MetricsConfig;
const apps: INestApplication[] = [];

beforeAll(async () => {
  server = await startNatsServer();
  broker = await openBroker({ url: server.url, name: 'metrics-test' });
  folder = mkdtempSync(join(tmpdir(), 'metrics-'));
  config = readConfig({ NATS_URL: server.url, MANYHANDS_HOME: folder, MANYHANDS_LOG_LEVEL: 'silent' });
});
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close();
});
afterAll(async () => {
  await broker.close();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function start(given: Partial<MetricsConfig> = {}): Promise<INestApplication> {
  const app = await startMetrics({ ...config, ...given });
  apps.push(app);
  return app;
}

async function publishFinished(): Promise<string> {
  const event = aJobFinished({ job_id: newJobId() });
  await createOutbox(broker).publishAll([
    { subject: eventSubjects.finished('local', event.job.job_id), data: encode(event), expectLastSubjectSequence: 0 },
  ]);
  return event.job.job_id;
}

const rows = async (app: INestApplication) =>
  (await app.get(HistoryReader).page({ tenant: 'local', limit: 100 })).jobs.map(({ job_id: id }) => id);
const pageAsked = async (query: object): Promise<HistoryPage> =>
  decode(
    HistoryPage,
    await broker.request(
      coreSubjects.queryHistory,
      encode({ v: 1, type: 'QueryHistory', tenant: 'local', limit: 100, ...query }),
      2_000,
    ),
  );
const asked = async (): Promise<string> =>
  new TextDecoder().decode(await broker.request(coreSubjects.queryMetrics, new Uint8Array(), 2_000));

test('a finished job is in history and in the metrics, asked for over NATS', async () => {
  const app = await start();
  const id = await publishFinished();
  await vi.waitFor(async () => expect(await rows(app)).toContain(id), { timeout: 10_000 });
  expect(await asked()).toContain('manyhands_jobs_finished_total{kind="sum",status="completed",service="metrics"} 1');
});

test('jobs that finish while metrics is away are in history once it is back, each once', async () => {
  const first = await start();
  const before = await publishFinished();
  await vi.waitFor(async () => expect(await rows(first)).toContain(before), { timeout: 10_000 });
  await apps.pop()?.close();
  const meanwhile = [await publishFinished(), await publishFinished()];
  const second = await start();
  await vi.waitFor(async () => expect(await rows(second)).toEqual(expect.arrayContaining([before, ...meanwhile])), {
    timeout: 10_000,
  });
  await vi.waitFor(
    async () =>
      expect(await asked()).toContain('manyhands_jobs_finished_total{kind="sum",status="completed",service="metrics"} 2'),
    { timeout: 10_000 },
  );
});

test('history is answered over NATS, page by page, and is the same after a restart', async () => {
  const app = await start();
  const ids = [await publishFinished(), await publishFinished(), await publishFinished()];
  await vi.waitFor(async () => expect(await rows(app)).toEqual(expect.arrayContaining(ids)), { timeout: 10_000 });
  const before = await pageAsked({});
  const first = await pageAsked({ limit: 2 });
  expect(first.jobs.map(({ job_id: id }) => id)).toEqual(ids.toReversed().slice(0, 2));
  const next = await pageAsked({ limit: 2, before: first.next_cursor });
  expect(next.jobs[0]!.job_id).toBe(ids[0]);
  expect((await pageAsked({ tenant: 'other' })).jobs).toEqual([]);
  const question = { v: 1, type: 'QueryStatistics', tenant: 'local', without: [ids[0]] };
  const counted = async (): Promise<FinishedStatistics> =>
    decode(FinishedStatistics, await broker.request(coreSubjects.queryStatistics, encode(question), 2_000));
  expect((await counted()).completed).toBe((await rows(app)).length - 1);
  await apps.pop()?.close();
  await start();
  expect(await pageAsked({})).toEqual(before);
});

test('a question that cannot be read is not answered, and the next one is', async () => {
  await start();
  for (const question of ['{', '{}', JSON.stringify({ v: 1, type: 'QueryHistory', tenant: 'local', limit: 1e9 })])
    await expect(broker.request(coreSubjects.queryHistory, new TextEncoder().encode(question), 300)).rejects.toMatchObject({
      code: 'unavailable',
    });
  await expect(pageAsked({ before: "' OR 1=1 --" })).rejects.toMatchObject({ code: 'unavailable' });
  expect((await pageAsked({ limit: 1 })).jobs.length).toBeLessThanOrEqual(1);
});

test('a closed metrics leaves its file to others', async () => {
  const app = await start();
  const id = await publishFinished();
  await vi.waitFor(async () => expect(await rows(app)).toContain(id), { timeout: 10_000 });
  await apps.pop()?.close();
  const database = openSqlite(config.historyFile);
  expect((await new HistoryReader(database).job('local', id))?.status).toBe('completed');
  await database.close();
});

// Seen: metrics ended when it could not write history at its start, and with it the figures of the whole system.
test('while history cannot be written everything else goes on, and nothing is missing afterwards', async () => {
  const other = await start();
  await publishFinished();
  await vi.waitFor(async () => expect(await rows(other)).not.toEqual([]), { timeout: 10_000 });
  for (const app of apps.splice(0)) await app.close();
  const holder = new DatabaseSync(config.historyFile);
  holder.exec('BEGIN IMMEDIATE');
  const missed = await publishFinished();
  const app = await start();
  const stats = await openBucket(broker, 'stats');
  const newest = async (): Promise<number> => (await stats.get(keys.queues))?.revision ?? 0;
  const before = await newest();
  await vi.waitFor(async () => expect(await newest()).toBeGreaterThan(before + 1), { timeout: 10_000 });
  expect(await app.get(SystemMetrics).render()).toContain('manyhands_workers');
  expect(await rows(app)).not.toContain(missed);
  holder.exec('COMMIT');
  await vi.waitFor(async () => expect(await rows(app)).toContain(missed), { timeout: 20_000 });
  holder.exec('BEGIN IMMEDIATE');
  const late = await publishFinished();
  const during = await newest();
  await vi.waitFor(async () => expect(await newest()).toBeGreaterThan(during + 1), { timeout: 10_000 });
  holder.exec('COMMIT');
  await vi.waitFor(async () => expect(await rows(app)).toContain(late), { timeout: 20_000 });
  holder.close();
}, 60_000);

test('a file that is no history is refused with a sentence', async () => {
  const file = join(folder, 'broken.sqlite');
  writeFileSync(file, 'no database at all, but long enough to be looked at as one'.repeat(100));
  await expect(startMetrics({ ...config, historyFile: file })).rejects.toThrow(
    /broken\.sqlite cannot be used as history .*Move it to another place/,
  );
});
