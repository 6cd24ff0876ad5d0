import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import {
  coreSubjects,
  decode,
  decodeResult,
  encode,
  keys,
  KindRegistration,
  type LeaseResult,
  mailboxSubjects,
  newJobId,
  PaceState,
  STREAMS,
  WorkerHeartbeat,
  workQueueOf,
  workSubjects,
  type CancelLeases,
  type ComputeLease,
} from '@manyhands/proto';
import { createOutbox, lastStored, openBroker, openBucket, provision } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import { aComputeLease, eventually, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { AHEAD_MS } from './pace/gcra.ts';
import { startWorker, type Worker, type WorkerOptions } from './worker.ts';

const shared = new URL('../trial/shared-kinds.ts', import.meta.url);
const others = new URL('../trial/kinds.ts', import.meta.url);
let server: NatsServer;
let broker: Broker;
let folder: string;
let started: Worker[] = [];

beforeAll(async () => void (server = await startNatsServer()));
afterAll(() => server?.stop());

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'manyhands-shared-slots-'));
  broker = await openBroker({ url: server.url, name: 'test' });
  await provision(broker);
  await broker.manager.streams.purge(STREAMS.work.name);
});
afterEach(async () => {
  await Promise.all(started.map((worker) => worker.drain(0)));
  started = [];
  await broker.close();
  rmSync(folder, { recursive: true, force: true });
});

async function work(options: Partial<WorkerOptions> = {}): Promise<Worker> {
  const worker = await startWorker({ broker, kindModules: [shared], slots: 2, ...options });
  started.push(worker);
  return worker;
}

async function give(...leases: ComputeLease[]): Promise<void> {
  await createOutbox(broker).publishAll(
    leases.map((lease) => ({
      subject: workSubjects.lease(lease.kind, workQueueOf(lease), lease.job_id),
      data: encode(lease),
    })),
  );
}

/** Leases of one chunk each. */
function chunks(count: number, kind: string, params: ComputeLease['params'], given: Partial<ComputeLease> = {}): ComputeLease[] {
  const job_id = newJobId();
  return Array.from({ length: count }, (_, begin) => ({
    ...aComputeLease({ kind, begin, end: begin + 1, total: count }),
    job_id,
    params,
    ...given,
  }));
}

async function resultOf(lease: ComputeLease): Promise<LeaseResult> {
  return vi.waitFor(
    async () => {
      const stored = await lastStored(broker, 'mailbox', mailboxSubjects.result(lease.job_id, lease.lease));
      expect(stored).toBeDefined();
      return decodeResult(stored!.data);
    },
    { timeout: 25_000, interval: 20 },
  );
}

const inWork = async () => (await broker.manager.streams.info(STREAMS.work.name)).state.messages;
const linesOf = (diary: string) => (existsSync(diary) ? readFileSync(diary, 'utf8').trim().split('\n').filter(Boolean) : []);

it('a kind with concurrency has slots of its own, and the worker no thread that none needs', async () => {
  const worker = await work({ kinds: ['waits', 'busy'], workerId: 'shared' });
  expect(worker.heartbeat()).toMatchObject({ slots: 10, kind_slots: { waits: 8, busy: 2 }, busy_slots: 0 });
  const leases = chunks(8, 'waits', { ms: 1_500 });
  await give(...leases);
  await eventually(() => expect(worker.heartbeat().busy_slots).toBe(8));
  const results = await Promise.all(leases.map(resultOf));
  expect(new Set(results.map(({ slot }) => slot)).size).toBe(8);
  const kept = await (await openBucket(broker, 'kinds')).get(keys.kind('waits'));
  expect(decode(KindRegistration, kept!.value!)).toMatchObject({ concurrency: 8 });
  const beat = await (await openBucket(broker, 'workers')).get(keys.worker('shared'));
  expect(decode(WorkerHeartbeat, beat!.value!)).toMatchObject({ kind_slots: { waits: 8, busy: 2 } });
});

it('the other kinds of the worker have a thread for each of their slots beside it', async () => {
  const worker = await work({ kindModules: [shared, others], kinds: ['waits', 'count'] });
  expect(worker.heartbeat()).toMatchObject({ slots: 10, kind_slots: { waits: 8 } });
  const waiting = chunks(8, 'waits', { ms: 60_000 });
  await give(...waiting);
  await eventually(() => expect(worker.heartbeat().busy_slots).toBe(8));
  const [counted] = chunks(1, 'count', {});
  await give(counted!);
  const { slot } = await resultOf(counted!);
  expect(slot).toBeLessThan(2);
});

it('a chunk that breaks the shared thread is blamed alone, and the ones beside it are computed', async () => {
  await work({ kinds: ['waits'] });
  const neighbours = chunks(4, 'waits', { ms: 800 });
  const [stray] = chunks(1, 'waits', { ms: 60_000, strayMs: 100 });
  await give(...neighbours, stray!);
  expect(await resultOf(stray!)).toMatchObject({
    failed: [{ chunk: 0, error: { code: 'worker_lost', message: expect.stringContaining('nothing catches this') as unknown } }],
  });
  for (const lease of neighbours) expect(await resultOf(lease)).toMatchObject({ failed: [], delivery: 1 });
});

it('suspects of a kind with concurrency are isolated, few of them at once', async () => {
  const worker = await work({ kinds: ['waits'] });
  const suspects = chunks(6, 'waits', { ms: 300 }, { suspect: true });
  await give(...suspects);
  await eventually(() => expect(worker.heartbeat().busy_slots).toBe(6));
  const results = await Promise.all(suspects.map(resultOf));
  for (const result of results) expect(result).toMatchObject({ type: 'LeaseComputed', failed: [] });
});

it('a worker that drains hands over what its shared thread computes', async () => {
  const worker = await work({ kinds: ['waits'] });
  await give(...chunks(8, 'waits', { ms: 60_000 }));
  await eventually(() => expect(worker.heartbeat().busy_slots).toBe(8));
  await worker.drain(0);
  await eventually(async () => expect(await inWork()).toBe(8));
});

it('two workers together keep a rate, and use it', async () => {
  const brokers = [broker, await openBroker({ url: server.url, name: 'test-2' })];
  try {
    for (const one of brokers) await work({ broker: one, kinds: ['paced'] });
    const diary = join(folder, 'diary');
    const leases = chunks(60, 'paced', { key: 'api.example.com', perSec: 50, diary, calls: 1_000 });
    await give(...leases);
    await vi.waitFor(() => expect(linesOf(diary).length).toBeGreaterThanOrEqual(200), { timeout: 25_000, interval: 50 });
    const calls = linesOf(diary).map((line) => line.split(' '));
    expect(new Set(calls.map(([, , thread]) => thread)).size).toBe(2);
    const atMs = calls.map(([at]) => Number(at)).sort((one, other) => one - other);
    for (let at = 55; at < atMs.length; at += 1) expect(atMs[at]! - atMs[at - 55]!).toBeGreaterThanOrEqual(1_000);
  } finally {
    await Promise.all(started.splice(0).map((worker) => worker.drain(0)));
    await brokers[1]!.close();
  }
});

it('the wait for a turn counts against no time limit', async () => {
  await work({ kinds: ['paced'] });
  const diary = join(folder, 'diary');
  const [lease] = chunks(1, 'paced', { key: 'slow', perSec: 1, diary, calls: 4 }, { soft_limit_sec: 0.5, hard_limit_sec: 1 });
  await give(lease!);
  expect(await resultOf(lease!)).toMatchObject({ type: 'LeaseComputed', failed: [] });
  const atMs = linesOf(diary).map((line) => parseInt(line));
  expect(atMs.at(-1)! - atMs[0]!).toBeGreaterThan(2_500);
});

it('a job that is cancelled waits for no turn any more', async () => {
  const worker = await work({ kinds: ['paced'] });
  const diary = join(folder, 'diary');
  const leases = chunks(3, 'paced', { key: 'rare', perSec: 0.001, diary, calls: 2 });
  await give(...leases);
  await eventually(() => expect(linesOf(diary)).toHaveLength(1));
  const { job_id } = leases[0]!;
  broker.publish(coreSubjects.cancelLeases, encode({ v: 1, type: 'CancelLeases', job_id } satisfies CancelLeases));
  await eventually(() => expect(worker.heartbeat().busy_slots).toBe(0));
  await eventually(async () => expect(await inWork()).toBe(0));
});

it('what is no rate is refused for good, also in a thread of its own', async () => {
  await work({ kinds: ['alone'] });
  const [none, nameless] = [chunks(1, 'alone', { key: 'a', perSec: 0 })[0]!, chunks(1, 'alone', { key: '', perSec: 1 })[0]!];
  await give(none, nameless);
  for (const [lease, told] of [
    [none, 'perSec, a number from 0.001'],
    [nameless, 'the key must be a text'],
  ] as const)
    expect(await resultOf(lease)).toMatchObject({
      failed: [{ error: { code: 'compute_refused', message: expect.stringContaining(told) as unknown, retryable: false } }],
    });
});

it('a name of any letters has a rate, and little of it is given out ahead', async () => {
  await work({ kinds: ['alone'] });
  const name = 'https://bücher.example/ *>.';
  const [lease] = chunks(1, 'alone', { key: name, perSec: 10 });
  const beganAtMs = Date.now();
  await give(lease!);
  await resultOf(lease!);
  const kept = await (await openBucket(broker, 'pace')).get(keys.pace(Buffer.from(name).toString('base64url')));
  const state = decode(PaceState, kept!.value!);
  expect(state).toMatchObject({ name, per_sec: 10 });
  expect(state.next_at_ms).toBeGreaterThan(beganAtMs);
  expect(state.next_at_ms).toBeLessThan(Date.now() + AHEAD_MS + 1_000);
});

it('a chunk that asks to be run later states when', async () => {
  await work({ kinds: ['busy'] });
  const [lease] = chunks(1, 'busy', { afterMs: 1_234, diary: join(folder, 'diary') });
  await give(lease!);
  expect(await resultOf(lease!)).toMatchObject({
    failed: [{ error: { code: 'compute_failed', message: 'the server is busy', retryable: true, retry_after_ms: 1_234 } }],
  });
});
