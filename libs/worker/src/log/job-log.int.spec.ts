import { createOutbox, openBroker, provision, readStored } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import {
  type ComputeLease,
  decode,
  encode,
  limits,
  LogLine,
  logSubjects,
  newJobId,
  workQueueOf,
  workSubjects,
} from '@manyhands/proto';
import { aComputeLease, eventually, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startWorker, type Worker } from '../worker.ts';

let server: NatsServer;
let broker: Broker;
let worker: Worker;

beforeAll(async () => {
  server = await startNatsServer();
  broker = await openBroker({ url: server.url, name: 'test' });
  await provision(broker);
  worker = await startWorker({
    broker,
    kindModules: [new URL('../../trial/kinds.ts', import.meta.url)],
    kinds: ['chatty'],
    slots: 1,
    workerId: 'w-1',
  });
});
afterAll(async () => {
  await worker?.drain(0);
  await broker?.close();
  await server?.stop();
});

async function give(lease: ComputeLease): Promise<ComputeLease> {
  await createOutbox(broker).publishAll([
    { subject: workSubjects.lease(lease.kind, workQueueOf(lease), lease.job_id), data: encode(lease) },
  ]);
  return lease;
}

async function linesOf({ tenant, job_id }: ComputeLease): Promise<LogLine[]> {
  const stored = await readStored(broker, 'logs', logSubjects.ofJob(tenant, job_id));
  return stored.map(({ data }) => decode(LogLine, data));
}

it('what task code logs is stored under its job, and where it came from', async () => {
  const lease = await give(aComputeLease({ kind: 'chatty', params: { lines: 1 }, begin: 3, end: 5, total: 9 }));
  await eventually(async () => expect(await linesOf(lease)).toHaveLength(3));
  const common = { job_id: lease.job_id, attempt: 1, worker: 'w-1', slot: 0 };
  expect(await linesOf(lease)).toMatchObject([
    { ...common, level: 'info', message: 'line', fields: { chunk: 3, line: 0 }, chunk: 3 },
    { ...common, level: 'info', message: 'line', fields: { chunk: 4, line: 0 }, chunk: 4 },
    { ...common, level: 'warn', message: 'merged 1 and 1', chunk: 4 },
  ]);
});

it('a merge logs too, and belongs to its job', async () => {
  const inputs = ['a', 'b', 'c'].map((id) => ({ id, partial: 1 }));
  const lease = await give(aComputeLease({ kind: 'chatty', lease: 'm-3-x-0', task: { op: 'merge', inputs, attempt: 0 } }));
  await eventually(async () =>
    expect((await linesOf(lease)).map(({ message, chunk }) => [message, chunk])).toEqual([
      ['merged 1 and 1', undefined],
      ['merged 2 and 1', undefined],
    ]),
  );
});

it('a second in which too much was logged says how much was dropped, and slows nothing', async () => {
  const lease = await give(aComputeLease({ kind: 'chatty', params: { lines: 5_000 }, begin: 0, end: 1, total: 9 }));
  await eventually(async () =>
    expect((await linesOf(lease)).at(-1)?.message).toMatch(/^\d+ lines before this one were dropped: more than 200 a second$/),
  );
  expect((await linesOf(lease)).length).toBeLessThanOrEqual(2 * 200 + 2);
});

it('of one job more than it may keep the oldest lines leave, and no other job loses one', { timeout: 60_000 }, async () => {
  const [many, few] = [logSubjects.ofJob('local', newJobId()), logSubjects.ofJob('local', newJobId())];
  const outbox = createOutbox(broker);
  await outbox.publishAll([{ subject: few, data: encode('first') }]);
  const lines = Array.from({ length: limits.logLinesPerJobMax + 1 }, (_, at) => ({ subject: many, data: encode(at) }));
  await outbox.publishAll(lines);
  const kept = await readStored(broker, 'logs', many);
  expect([kept.length, JSON.parse(new TextDecoder().decode(kept[0]!.data))]).toEqual([limits.logLinesPerJobMax, 1]);
  expect(await readStored(broker, 'logs', few)).toHaveLength(1);
});
