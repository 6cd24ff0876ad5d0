import {
  createOutbox,
  ensureLaneConsumer,
  LANE_DELIVERIES_MAX,
  openBroker,
  provision,
  purgeStored,
  readStored,
} from '@manyhands/broker';
import type { Broker, Outbox } from '@manyhands/nats';
import { createLogger } from '@manyhands/observe';
import {
  consumers,
  decodeResult,
  deadSubjects,
  encode,
  limits,
  mailboxSubjects,
  newJobId,
  parseWorkSubject,
  STREAMS,
  WorkAdvisory,
  advisorySubjects,
  workSubjects,
  type ComputeLease,
  type WorkQueue,
} from '@manyhands/proto';
import { aComputeLease, aLeaseComputed, aSubmitJob, eventually, startNatsServer, type NatsServer } from '@manyhands/testkit';
import type { INestMicroservice } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createCoordinator } from '../application.ts';
import { LeaseReclaim } from './lease-reclaim.ts';

let server: NatsServer;
let broker: Broker;
let outbox: Outbox;
let kindCount = 0;
let coordinator: INestMicroservice | undefined;

beforeAll(async () => {
  server = await startNatsServer();
  broker = await openBroker({ url: server.url, name: 'test' });
  await provision(broker);
  outbox = createOutbox(broker);
});
afterEach(async () => {
  await coordinator?.close();
  coordinator = undefined;
});
afterAll(async () => {
  await broker?.close();
  await server?.stop();
});

const open = () => new LeaseReclaim(broker, outbox, outbox, createLogger('test', { level: 'silent' }));
const newKind = async (): Promise<string> => {
  const kind = `kind-${(kindCount += 1)}`;
  await ensureLaneConsumer(broker, kind, 'normal');
  return kind;
};
const leasesOf = async (jobId: string) => readStored(broker, 'work', workSubjects.ofJob(jobId));
const resultsOf = async (jobId: string) =>
  (await readStored(broker, 'mailbox', mailboxSubjects.result(jobId, '*'))).map(({ data }) => decodeResult(data));

async function store(kind: string, given: Partial<ComputeLease> & { begin?: number; end?: number } = {}): Promise<ComputeLease> {
  const lease = aComputeLease({ kind, ...given });
  await outbox.publishAll([{ subject: workSubjects.lease(kind, 'normal', lease.job_id), data: encode(lease) }]);
  return lease;
}

/** The one lease that waits in the queue is taken and handed back until the broker hands it out no more. */
async function exhaust(kind: string, queue: WorkQueue = 'normal'): Promise<void> {
  const consumer = await broker.jetstream.consumers.get(STREAMS.work.name, consumers.queue(kind, queue));
  const first = (await consumer.next({ expires: 10_000 }))!;
  first.nak();
  // What comes after it is handed out for the first time.
  for (
    let next = await consumer.next({ expires: 1_000 });
    next?.seq === first.seq;
    next = await consumer.next({ expires: 1_000 })
  )
    next.nak();
}

it("a lease purged from under a worker, as the coordinator's own purges do, is no operator's deed", async () => {
  const written: string[] = [];
  const log = createLogger('test', { level: 'warn', destination: { write: (line) => void written.push(line) } });
  const kind = await newKind();
  const lease = await store(kind);
  const [stored] = await leasesOf(lease.job_id);
  await purgeStored(broker, 'work', workSubjects.ofJob(lease.job_id));
  // The server says so once it comes to the place, up to an ack wait later.
  const advisory: WorkAdvisory = {
    type: 'io.nats.jetstream.advisory.v1.terminated',
    consumer: consumers.queue(kind, 'normal'),
    stream_seq: stored!.sequence,
    deliveries: 1,
    reason: 'Unacknowledged message was deleted',
  };
  const reclaim = new LeaseReclaim(broker, outbox, outbox, log);
  await reclaim.heed(advisory);
  expect(written).toEqual([]);
  await reclaim.heed({ ...advisory, reason: 'by hand' });
  expect(written).toHaveLength(1);
});

describe('with a coordinator at work', () => {
  it('a lease that is given up is answered for, and its chunk is handed out anew', async () => {
    const kind = await newKind();
    coordinator = await createCoordinator({
      natsUrl: server.url,
      replicas: 1,
      logLevel: 'silent',
      retentionHours: 24,
      leaseChunksMax: limits.chunkCountMax,
    });
    await coordinator.listen();
    const job = aSubmitJob({ kind, chunks: 1, max_attempts: 3 });
    await outbox.publishAll([{ subject: mailboxSubjects.submit(job.job_id), data: encode(job), expectLastSubjectSequence: 0 }]);
    await eventually(async () => expect(await leasesOf(job.job_id)).not.toEqual([]));
    const [first] = await leasesOf(job.job_id);
    const queue = parseWorkSubject(first!.subject)!.queue as WorkQueue;
    await ensureLaneConsumer(broker, kind, queue);
    await exhaust(kind, queue);
    await eventually(async () => {
      const now = (await leasesOf(job.job_id)).map(({ sequence }) => sequence);
      expect(now).not.toContain(first!.sequence);
      expect(now.length).toBeGreaterThan(0);
    });
    expect((await resultsOf(job.job_id))[0]).toMatchObject({
      type: 'LeaseFailed',
      delivery: LANE_DELIVERIES_MAX,
      error: { code: 'worker_lost', retryable: true },
    });
  });
});

describe('without one while it was given up', () => {
  it('a lease is answered for by the next one, from the notice', async () => {
    const kind = await newKind();
    const lease = await store(kind);
    await exhaust(kind);
    coordinator = await createCoordinator({
      natsUrl: server.url,
      replicas: 1,
      logLevel: 'silent',
      retentionHours: 24,
      leaseChunksMax: limits.chunkCountMax,
    });
    await coordinator.listen();
    await eventually(async () => expect(await leasesOf(lease.job_id)).toEqual([]));
    expect(await resultsOf(lease.job_id)).toEqual([expect.objectContaining({ type: 'LeaseFailed', lease: lease.lease })]);
  });

  it('a lease whose notice was lost is found by reading, and believed at the second look', async () => {
    const kind = await newKind();
    const lease = await store(kind, { begin: 0, end: 5 });
    const waiting = await store(await newKind());
    await exhaust(kind);
    await broker.manager.streams.purge(STREAMS.advisories.name);
    const reclaim = open();
    expect(await reclaim.sweep()).toBe(0);
    expect(await resultsOf(lease.job_id)).toEqual([]);
    expect(await reclaim.sweep()).toBe(1);
    expect(await resultsOf(lease.job_id)).toEqual([
      expect.objectContaining({ type: 'LeaseFailed', about: { op: 'compute', begin: 0, end: 5, attempt: 0 } }),
    ]);
    expect(await leasesOf(lease.job_id)).toEqual([]);
    expect(await reclaim.sweep()).toBe(0);
    expect(await leasesOf(waiting.job_id)).toHaveLength(1);
  });
});

describe('a notice', () => {
  const noticeOf = async (lease: ComputeLease): Promise<WorkAdvisory> => {
    const [stored] = await leasesOf(lease.job_id);
    return {
      type: 'io.nats.jetstream.advisory.v1.max_deliver',
      consumer: consumers.queue(lease.kind, 'normal'),
      stream_seq: stored!.sequence,
      deliveries: 10,
    };
  };

  it('that comes twice, or to two coordinators at once, makes one answer', async () => {
    const lease = await store(await newKind());
    const notice = await noticeOf(lease);
    const [one, other] = [open(), open()];
    await Promise.all([one.heed(notice), other.heed(notice)]);
    await one.heed(notice);
    expect(await resultsOf(lease.job_id)).toHaveLength(1);
    expect(await leasesOf(lease.job_id)).toEqual([]);
  });

  it('of a lease that was answered after all leaves the answer alone', async () => {
    const lease = await store(await newKind());
    const answer = aLeaseComputed({ job_id: lease.job_id });
    await outbox.publishAll([{ subject: mailboxSubjects.result(lease.job_id, lease.lease), data: encode(answer) }]);
    await open().heed(await noticeOf(lease));
    expect(await resultsOf(lease.job_id)).toEqual([answer]);
    expect(await leasesOf(lease.job_id)).toEqual([]);
  });

  it('of a lease that has left WORK changes nothing', async () => {
    const lease = await store(await newKind());
    const notice = await noticeOf(lease);
    await broker.manager.streams.purge(STREAMS.work.name, { filter: workSubjects.ofJob(lease.job_id) });
    await open().heed(notice);
    await open().heed({ ...notice, type: 'io.nats.jetstream.advisory.v1.terminated', reason: 'by hand' });
    expect(await resultsOf(lease.job_id)).toEqual([]);
  });

  it('of what nobody can read sets it aside', async () => {
    const kind = await newKind();
    const jobId = newJobId();
    await outbox.publishAll([{ subject: workSubjects.lease(kind, 'normal', jobId), data: encode({ v: 99 }) }]);
    await open().heed(await noticeOf(aComputeLease({ kind, job_id: jobId })));
    expect(await leasesOf(jobId)).toEqual([]);
    const [letter] = await readStored(broker, 'dead', deadSubjects.mailbox(jobId));
    expect(JSON.parse(new TextDecoder().decode(letter!.data))).toMatchObject({
      subject: workSubjects.lease(kind, 'normal', jobId),
      text: '{"v":99}',
    });
  });
});

it('the stream of notices keeps the newest when it is full', async () => {
  const { config } = await broker.manager.streams.info(STREAMS.advisories.name);
  expect(config).toMatchObject({ discard: 'old', subjects: [advisorySubjects.maxDeliveries, advisorySubjects.terminated] });
});
