import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createOutbox, openBroker, provision } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import { encode, eventSubjects, newJobId, STREAMS, type JobFinished } from '@manyhands/proto';
import { aJobFinished, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { SystemMetrics } from '../expose/system-metrics.ts';
import { catchUp } from './catch-up.ts';
import { FinishRecorder } from './finish-recorder.ts';
import { History } from './history.ts';
import { HistoryReader } from './history-reader.ts';
import { openSqlite } from '../sql/sqlite.ts';

let server: NatsServer;
let broker: Broker;
let folder: string;
let history: History;
let reader: HistoryReader;
let metrics: SystemMetrics;
let recorder: FinishRecorder;

beforeAll(async () => {
  server = await startNatsServer();
  broker = await openBroker({ url: server.url, name: 'catch-up-test' });
  await provision(broker);
});
afterAll(async () => {
  await broker.close();
  await server.stop();
});
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'catch-up-'));
  await open('history.sqlite');
});
afterEach(async () => {
  await history.close();
  rmSync(folder, { recursive: true, force: true });
});

async function open(name: string): Promise<void> {
  const database = openSqlite(join(folder, name));
  history = new History(database);
  reader = new HistoryReader(database);
  await history.begin();
  metrics = new SystemMetrics();
  recorder = new FinishRecorder(history, metrics);
}

async function publish(count: number): Promise<JobFinished[]> {
  const events = Array.from({ length: count }, () => aJobFinished({ job_id: newJobId() }));
  await createOutbox(broker).publishAll(
    events.map((event) => ({
      subject: eventSubjects.finished('local', event.job.job_id),
      data: encode(event),
      expectLastSubjectSequence: 0,
    })),
  );
  return events;
}

const all = async () => (await reader.page({ tenant: 'local', limit: 10_000 })).jobs;

test('a lost history is written anew from the stream, to the same rows', async () => {
  await publish(30);
  await createOutbox(broker).publishAll([
    { subject: eventSubjects.finished('local', newJobId()), data: encode({ type: 'JobFinished', v: 2 }) },
  ]);
  await publish(2);
  await catchUp(broker, history, recorder);
  const before = await all();
  expect(before).toHaveLength(32);
  expect(metrics.finished).toBe(32);
  await history.close();

  await open('again.sqlite');
  await catchUp(broker, history, recorder);
  expect(await all()).toEqual(before);
});

test('what history has is not read again, what it missed is', async () => {
  await catchUp(broker, history, recorder);
  const have = (await all()).length;
  expect(await catchUp(broker, history, recorder)).toBe(0);
  await publish(3);
  expect(await catchUp(broker, history, recorder)).toBe(3);
  expect(await all()).toHaveLength(have + 3);
  expect(metrics.finished).toBe(have + 3);
});

test('a position beyond the end of the stream is of an older stream, so everything is read', async () => {
  const { job } = aJobFinished({ job_id: newJobId() });
  await history.apply([{ job, sequence: 1_000_000 }]);
  await publish(1);
  await catchUp(broker, history, recorder);
  expect((await all()).length).toBeGreaterThan(1);
  expect(await history.position('events')).toBeLessThan(1_000_000);
});

// Seen: read by sequences, a lost history took 10^12 looks after the stream had been removed by hand, and the service never became ready.
test('a stream that was made again, whose sequences begin at the time of day, is read from its first event', async () => {
  const { name } = STREAMS.events;
  const { config } = await broker.manager.streams.info(name);
  await broker.manager.streams.delete(name);
  await broker.manager.streams.add({ ...config, first_seq: Date.now() * 1_000 });
  const events = await publish(3);
  expect(await catchUp(broker, history, recorder)).toBe(3);
  expect((await all()).map(({ job_id }) => job_id).toSorted()).toEqual(events.map(({ job }) => job.job_id).toSorted());
});

test('it ends between two events when told to', async () => {
  await publish(1);
  expect(await catchUp(broker, history, recorder, AbortSignal.abort())).toBe(0);
  expect(await all()).toEqual([]);
});
