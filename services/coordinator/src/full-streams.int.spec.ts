import { setTimeout as computing } from 'node:timers/promises';
import { createOutbox, openBroker, openBucket, provision, readStored } from '@manyhands/broker';
import type { Broker, Bucket, Outbox } from '@manyhands/nats';
import { decode, encode, eventSubjects, isFinal, JobView, keys, limits, LOCAL_TENANT, mailboxSubjects } from '@manyhands/proto';
import { aSubmitJob, startNatsServer, type NatsServer } from '@manyhands/testkit';
import type { INestMicroservice } from '@nestjs/common';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { coordinatorOn } from './application.ts';
import { openBus } from './bus.ts';
import { countingAnswer, startFakeWorker, type FakeWorker } from './fake-worker.fixture.ts';
import { JobTurns } from './takeover/job-turns.ts';

let server: NatsServer;
let broker: Broker;
let outbox: Outbox;
let jobs: Bucket;
let worker: FakeWorker;
let coordinator: INestMicroservice;

const kind = 'counting';
const chunks = 12;
/** A state unsaved for longer than this is saved with the next turn. */
const unsavedMs = 2_000;

beforeAll(async () => {
  server = await startNatsServer();
  broker = await openBroker({ url: server.url, name: 'test' });
  await provision(broker);
  outbox = createOutbox(broker);
  jobs = await openBucket(broker, 'jobs');
  const config = {
    natsUrl: server.url,
    replicas: 1,
    logLevel: 'silent',
    retentionHours: 24,
    leaseChunksMax: limits.chunkCountMax,
  } as const;
  coordinator = await coordinatorOn(await openBus(config), config);
  await coordinator.listen();
  worker = await startFakeWorker({ broker, outbox, kind }, async (lease) => {
    if (lease.task.op === 'compute' && lease.task.begin === 0 && lease.params['slow'] === true) await computing(unsavedMs + 200);
    return countingAnswer(lease);
  });
});
afterAll(async () => {
  await coordinator?.close();
  await worker?.stop();
  await broker?.close();
  await server?.stop();
});

/** Makes a stream refuse everything; returns how to make room again. */
async function fill(stream: string): Promise<() => Promise<unknown>> {
  const { config } = await broker.manager.streams.info(stream);
  await broker.manager.streams.update(stream, { max_bytes: 1 });
  return () => broker.manager.streams.update(stream, { max_bytes: config.max_bytes });
}

/** Waits for the end of a job and checks it. */
async function expectRightEnd(jobId: string): Promise<void> {
  const view = await vi.waitFor(
    async () => {
      const entry = await jobs.get(keys.job(LOCAL_TENANT, jobId));
      const now = decode(JobView, entry!.value!);
      expect(isFinal(now.status)).toBe(true);
      return now;
    },
    { timeout: 40_000 },
  );
  expect(view).toMatchObject({ status: 'completed', result: chunks, completed_chunks: chunks, failed_chunks: 0 });
  await vi.waitFor(
    async () => expect(await readStored(broker, 'events', eventSubjects.finished(LOCAL_TENANT, jobId))).toHaveLength(1),
    { timeout: 20_000 },
  );
}

async function submit(slow = false): Promise<string> {
  const job = aSubmitJob({ kind, chunks, params: { slow } });
  await outbox.publishAll([{ subject: mailboxSubjects.submit(job.job_id), data: encode(job), expectLastSubjectSequence: 0 }]);
  return job.job_id;
}

/** How often a step of a job failed, from now on. */
function failuresFromNow(): () => number {
  const turns = coordinator.get(JobTurns);
  const before = turns.counts['job_steps_retried']!;
  return () => turns.counts['job_steps_retried']! - before;
}

// Seen: history took nothing more after a week of small jobs, and then no job could end.
it('while EVENTS is full jobs end right all the same: the oldest events make room', { timeout: 60_000 }, async () => {
  const { config } = await broker.manager.streams.info('EVENTS');
  try {
    await broker.jetstream.publish('event.other.filling.finished', new Uint8Array(500_000));
    await broker.manager.streams.update('EVENTS', { max_bytes: 500_100 });
    await expectRightEnd(await submit());
    expect((await broker.manager.streams.info('EVENTS')).state.first_seq).toBeGreaterThan(1);
  } finally {
    await broker.manager.streams.update('EVENTS', { max_bytes: config.max_bytes });
  }
});

it.each(['WORK', 'KV_jobs'])(
  'while %s is full a job waits, tried less and less often; with room it ends right, and is told of once',
  { timeout: 120_000 },
  async (stream) => {
    const failures = failuresFromNow();
    const makeRoom = await fill(stream);
    const beganAt = performance.now();
    try {
      const jobId = await submit();
      await vi.waitFor(() => expect(failures()).toBeGreaterThanOrEqual(4), { timeout: 40_000 });
      expect(performance.now() - beganAt, '100, 200 and 400 ms between four tries').toBeGreaterThan(700);
      expect(coordinator.get(JobTurns).counts['jobs_quarantined'], 'what passes sets no job aside').toBe(0);
      await makeRoom();
      await expectRightEnd(jobId);
    } finally {
      await makeRoom();
    }
  },
);

it('while KV_job_state is full jobs go on: a snapshot that cannot be saved holds up nothing', { timeout: 120_000 }, async () => {
  const failures = failuresFromNow();
  const makeRoom = await fill('KV_job_state');
  try {
    await expectRightEnd(await submit(true));
    expect(failures()).toBe(0);
  } finally {
    await makeRoom();
  }
});
