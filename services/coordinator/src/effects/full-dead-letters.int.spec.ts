import { createOutbox, openBroker, openBucket, provision, readStored } from '@manyhands/broker';
import type { Broker, Outbox } from '@manyhands/nats';
import {
  DeadChunk,
  deadSubjects,
  decode,
  encode,
  isFinal,
  JobView,
  keys,
  limits,
  LOCAL_TENANT,
  mailboxSubjects,
  newJobId,
  partitionOf,
  STREAMS,
  type SubmitJob,
} from '@manyhands/proto';
import { aSubmitJob, startNatsServer, type NatsServer } from '@manyhands/testkit';
import type { INestMicroservice } from '@nestjs/common';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createCoordinator } from '../application.ts';
import { countingAnswer, startFakeWorker, type FakeWorker } from '../fake-worker.fixture.ts';

let server: NatsServer;
let broker: Broker;
let outbox: Outbox;
let coordinator: INestMicroservice;
let worker: FakeWorker;

beforeAll(async () => {
  server = await startNatsServer();
  broker = await openBroker({ url: server.url, name: 'test' });
  await provision(broker);
  outbox = createOutbox(broker);
  coordinator = await createCoordinator({
    natsUrl: server.url,
    replicas: 1,
    logLevel: 'silent',
    retentionHours: 24,
    leaseChunksMax: limits.chunkCountMax,
  });
  await coordinator.listen();
  worker = await startFakeWorker({ broker, outbox, kind: 'moody' }, (lease) => {
    const { task } = lease;
    const refuses = (lease.params as { refuse?: boolean }).refuse && task.op === 'compute' && task.begin === 0;
    if (!refuses) return countingAnswer(lease);
    const failed = [{ chunk: 0, error: { code: 'compute_refused', message: 'never', retryable: false } }];
    return { type: 'LeaseComputed', failed, ...(task.end > 1 && { partial: task.end - 1 }) };
  });
});
afterAll(async () => {
  await worker?.stop();
  await coordinator?.close();
  await broker?.close();
  await server?.stop();
});

async function submit(given: Partial<SubmitJob>): Promise<SubmitJob> {
  const job = aSubmitJob({ kind: 'moody', chunks: 4, on_dead_chunk: 'continue', ...given });
  await outbox.publishAll([{ subject: mailboxSubjects.submit(job.job_id), data: encode(job), expectLastSubjectSequence: 0 }]);
  return job;
}

const endOf = async ({ job_id }: SubmitJob): Promise<JobView> =>
  vi.waitFor(
    async () => {
      const stored = await (await openBucket(broker, 'jobs')).get(keys.job(LOCAL_TENANT, job_id));
      const view = decode(JobView, stored!.value!);
      expect(isFinal(view.status)).toBe(true);
      return view;
    },
    { timeout: 30_000, interval: 50 },
  );

const idIn = (partition: string): string => {
  for (;;) {
    const id = newJobId();
    if (partitionOf(id) === partition) return id;
  }
};

it('while stream DEAD is full, jobs whose chunks die end like others, and their letters are stored once there is room', async () => {
  const { config } = await broker.manager.streams.info(STREAMS.dead.name);
  await broker.manager.streams.update(STREAMS.dead.name, { max_bytes: 1 });
  const poisoned = await submit({ params: { refuse: true } });
  expect(await endOf(poisoned)).toMatchObject({ status: 'completed', result: 3, failed_chunks: 1 });
  const neighbour = await submit({ job_id: idIn(partitionOf(poisoned.job_id)) });
  expect(await endOf(neighbour)).toMatchObject({ status: 'completed', result: 4 });
  const letters = async () =>
    (await readStored(broker, 'dead', deadSubjects.chunksOf(LOCAL_TENANT))).map(({ data }) => decode(DeadChunk, data));
  expect(await letters()).toEqual([]);
  // Nothing was given up, so no message came twice.
  for await (const { config: consumer, num_redelivered } of broker.manager.consumers.list(STREAMS.mailbox.name))
    if (consumer.durable_name) expect(num_redelivered).toBe(0);
  await broker.manager.streams.update(STREAMS.dead.name, { max_bytes: config.max_bytes });
  await vi.waitFor(async () => expect(await letters()).toMatchObject([{ job_id: poisoned.job_id, begin: 0, end: 1 }]), {
    timeout: 60_000,
    interval: 100,
  });
});
