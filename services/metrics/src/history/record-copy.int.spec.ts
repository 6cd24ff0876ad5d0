import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createOutbox, openBroker, provision, purgeStored } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import { deadSubjects, encode, logSubjects, newJobId, type DeadChunk, type LogLine } from '@manyhands/proto';
import { aJobFinished, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { openSqlite } from '../sql/sqlite.ts';
import type { SqlDatabase } from '../sql/sql.ts';
import { HistoryReader } from './history-reader.ts';
import { History } from './history.ts';
import { RecordCopy } from './record-copy.ts';

const at = '2026-11-28T06:30:00.000Z';
let server: NatsServer;
let broker: Broker;
let folder: string;
let database: SqlDatabase;
let history: History;

beforeAll(async () => {
  server = await startNatsServer();
  broker = await openBroker({ url: server.url, name: 'copy-test' });
  await provision(broker);
});
afterAll(async () => {
  await broker?.close();
  await server?.stop();
});
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'copy-'));
  await open('history.sqlite');
});
afterEach(async () => {
  await history.close();
  rmSync(folder, { recursive: true, force: true });
});

async function open(name: string): Promise<void> {
  database = openSqlite(join(folder, name));
  history = new History(database);
  await history.begin();
}

async function copyAll(): Promise<void> {
  for (const table of ['failures', 'logs'] as const) while (await new RecordCopy(broker, history, table).copySome());
}

async function publish(jobId: string, count: number): Promise<void> {
  const line = (index: number): LogLine => ({
    v: 1,
    type: 'LogLine',
    job_id: jobId,
    at,
    level: 'info',
    message: `line ${index}`,
    attempt: 1,
    worker: 'w1',
    slot: 0,
  });
  const letter = (chunk: number): DeadChunk =>
    ({
      ...{ v: 1, type: 'DeadChunk', job_id: jobId, tenant: 'local', kind: 'sum', begin: chunk, end: chunk + 1, round: 0 },
      ...{ error: { code: 'compute_failed', message: 'no', retryable: false }, runs: [], died_at: at },
    }) as DeadChunk;
  await createOutbox(broker).publishAll([
    ...Array.from({ length: count }, (_, index) => ({ subject: logSubjects.ofJob('local', jobId), data: encode(line(index)) })),
    ...Array.from({ length: count }, (_, index) => ({
      subject: deadSubjects.chunk('local', jobId, 0, index),
      data: encode(letter(index)),
    })),
    { subject: logSubjects.ofJob('local', jobId), data: encode({ type: 'LogLine', v: 2 }) },
  ]);
}

const rows = async () => [
  await database.rows('SELECT * FROM failures ORDER BY sequence'),
  await database.rows('SELECT * FROM logs ORDER BY sequence'),
];

test('dead letters and log lines of a job are kept with it, each once, and the same when they are read again', async () => {
  const { job } = aJobFinished({ job_id: newJobId(), status: 'failed' });
  await publish(job.job_id, 120);
  await history.apply([{ job, sequence: 1 }]);
  await copyAll();
  await copyAll();
  const kept = await new HistoryReader(database).kept({ tenant: 'local', job_id: job.job_id });
  expect(kept).toMatchObject({ job, failure_count: 120, line_count: 120, rounds: [{ round: 0, status: 'failed' }] });
  expect(kept.lines).toHaveLength(100);
  expect(kept.lines.at(-1)).toMatchObject({ message: 'line 119' });
  expect(kept.failures.at(-1)).toMatchObject({ begin: 119 });
  expect(encode(kept).length).toBeLessThan(512 * 1024);
  expect(await new HistoryReader(database).kept({ tenant: 'other', job_id: job.job_id })).toMatchObject({
    job: null,
    lines: [],
    line_count: 0,
  });
  const before = await rows();
  await history.close();
  await open('again.sqlite');
  await copyAll();
  expect(await rows()).toEqual(before);
});

test('what is kept stays when it leaves the stream, and a stream that began again is read from its start', async () => {
  const id = newJobId();
  await publish(id, 2);
  await copyAll();
  const before = await rows();
  await purgeStored(broker, 'dead', deadSubjects.chunksOfJob('local', id));
  await publish(newJobId(), 1);
  await copyAll();
  expect((await rows())[0]).toEqual([...before[0]!, expect.anything()]);
  await history.keep('logs', [], 1_000_000);
  await copyAll();
  expect(await history.position('logs')).toBeLessThan(1_000_000);
});
