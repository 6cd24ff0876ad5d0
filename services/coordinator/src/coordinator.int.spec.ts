import { createMembership } from './mailbox/membership.ts';
import { createOutbox, lastStored, openBroker, openBucket, provision, readStored } from '@manyhands/broker';
import type { Broker, Bucket, Outbox } from '@manyhands/nats';
import {
  CancelLeases,
  coreSubjects,
  DeadChunk,
  deadSubjects,
  decode,
  encode,
  eventSubjects,
  isFinal,
  JobFinished,
  JobView,
  keys,
  limits,
  LOCAL_TENANT,
  mailboxSubjects,
  newJobId,
  workSubjects,
  type SubmitJob,
} from '@manyhands/proto';
import {
  aCancelJob,
  aLeaseProgress,
  aPauseJob,
  aRequeueJob,
  aResumeJob,
  aSubmitJob,
  aWorkerHeartbeat,
  createSignal,
  eventually,
  startNatsServer,
  type NatsServer,
} from '@manyhands/testkit';
import type { INestMicroservice } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { coordinatorOn, createCoordinator } from './application.ts';
import type { Bus } from './bus.ts';
import type { CoordinatorConfig } from './config.ts';
import { countingAnswer, startFakeWorker, type Answer, type FakeWorker } from './fake-worker.fixture.ts';
import { JobTurns } from './takeover/job-turns.ts';

let server: NatsServer;
let broker: Broker;
let outbox: Outbox;
let jobs: Bucket;
let jobState: Bucket;
let config: CoordinatorConfig;
let kindCount = 0;
const coordinators: { app: INestMicroservice; bus: Bus }[] = [];
const workers: FakeWorker[] = [];

beforeAll(async () => {
  server = await startNatsServer();
  config = { natsUrl: server.url, replicas: 1, logLevel: 'silent', retentionHours: 24, leaseChunksMax: limits.chunkCountMax };
  broker = await openBroker({ url: server.url, name: 'test' });
  await provision(broker);
  outbox = createOutbox(broker);
  jobs = await openBucket(broker, 'jobs');
  jobState = await openBucket(broker, 'jobState');
});
afterEach(async () => {
  await Promise.all(coordinators.splice(0).map(({ app }) => app.close()));
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));
});
afterAll(async () => {
  await broker?.close();
  await server?.stop();
});

/** A coordinator that others miss within two seconds when it dies. */
async function startCoordinator(): Promise<{ app: INestMicroservice; bus: Bus }> {
  const own = await openBroker({ url: server.url, name: 'coordinator' });
  const [jobsBucket, jobStateBucket, workersBucket, members] = await Promise.all(
    (['jobs', 'jobState', 'workers', 'coordinators'] as const).map((key) => openBucket(own, key)),
  );
  const membership = createMembership(own, { bucket: members!, self: newJobId(), intervalMs: 400, ttlMs: 1_000 });
  const bus: Bus = {
    broker: own,
    outbox: createOutbox(own),
    buckets: { jobs: jobsBucket!, jobState: jobStateBucket!, workers: workersBucket! },
    membership,
    said: {},
  };
  const app = await coordinatorOn(bus, config);
  await app.listen();
  coordinators.push({ app, bus });
  return { app, bus };
}

/** A kind of its own for each test, so that no test sees another's leases. */
const newKind = (): string => `kind-${(kindCount += 1)}`;

async function startWorker(kind: string, answer?: Parameters<typeof startFakeWorker>[1]): Promise<FakeWorker> {
  const worker = await startFakeWorker({ broker, outbox, kind }, answer);
  workers.push(worker);
  return worker;
}

async function submit(given: Partial<SubmitJob>): Promise<SubmitJob> {
  const job = aSubmitJob(given);
  await outbox.publishAll([
    { subject: mailboxSubjects.submit(job.job_id), data: encode(job), messageId: job.job_id, expectLastSubjectSequence: 0 },
  ]);
  return job;
}

async function viewOf(jobId: string): Promise<JobView | undefined> {
  const entry = await jobs.get(keys.job(LOCAL_TENANT, jobId));
  return entry?.value && decode(JobView, entry.value);
}

/** The view once it is final. */
async function ended(jobId: string): Promise<JobView> {
  return vi.waitFor(
    async () => {
      const view = await viewOf(jobId);
      if (!view || !isFinal(view.status))
        throw new Error(`job ${jobId} is ${view?.status ?? 'unknown'} at ${view?.completed_chunks ?? 0} chunks`);
      return view;
    },
    { timeout: 25_000, interval: 20 },
  );
}

async function eventOf(jobId: string): Promise<JobFinished['job']> {
  const stored = await eventually(async () => {
    const last = await lastStored(broker, 'events', eventSubjects.finished(LOCAL_TENANT, jobId));
    if (!last) throw new Error('no finished event');
    return last;
  });
  return decode(JobFinished, stored.data).job;
}

describe('a job', () => {
  it('submitted is computed, merged, shown and told of, and leaves nothing behind', async () => {
    await startCoordinator();
    const kind = newKind();
    const worker = await startWorker(kind);
    const { job_id } = await submit({ kind, chunks: 40 });

    const view = await ended(job_id);
    expect(view).toMatchObject({
      status: 'completed',
      result: 40,
      completed_chunks: 40,
      failed_chunks: 0,
      progress: 1,
      error: null,
      detail: null,
    });
    expect(view.workers).toEqual({ 'fake-worker': 40 });
    expect(Date.parse(view.finished_at!)).toBeGreaterThanOrEqual(Date.parse(view.started_at!));
    expect(await eventOf(job_id)).toMatchObject({ job_id, status: 'completed', result: 40 });
    expect(worker.taken.some((lease) => lease.task.op === 'merge')).toBe(true);
    await eventually(async () => expect(await readStored(broker, 'work', workSubjects.ofJob(job_id))).toEqual([]));
    expect(await jobState.get(keys.jobState(job_id))).toBeUndefined();
    expect(coordinators[0]!.app.get(JobTurns).activationCount).toBe(0);
  });

  it('that waits longer than its mailbox is kept ends all the same, from its snapshot and its leases', async () => {
    const { app } = await startCoordinator();
    const kind = newKind();
    const { job_id } = await submit({ kind, chunks: 40 });
    await eventually(async () => expect((await viewOf(job_id))?.status).toBe('running'));
    await app.close();
    coordinators.length = 0;
    expect(await jobState.get(keys.jobState(job_id))).toBeDefined();
    await broker.manager.streams.purge('MAILBOX', { filter: mailboxSubjects.ofJob(job_id) });

    await startCoordinator();
    await startWorker(kind);
    expect(await ended(job_id)).toMatchObject({ status: 'completed', result: 40, completed_chunks: 40 });
  });

  it('whose last lease is held by a worker that hangs ends all the same: it is leased again, and the hung worker is told to let go', async () => {
    await startCoordinator();
    const kind = newKind();
    await (
      await openBucket(broker, 'workers')
    ).put(`worker-of-${kind}`, encode(aWorkerHeartbeat({ worker: `worker-of-${kind}`, kinds: [kind], slots: 4 })), {
      ttlMs: 60_000,
    });
    const told: CancelLeases[] = [];
    const unhear = broker.subscribe(coreSubjects.cancelLeases, (data) => void told.push(decode(CancelLeases, data)));
    const worker = await startWorker(kind, ({ lease, task }) =>
      lease === '3-4-0' ? undefined : { type: 'LeaseComputed', partial: task.op === 'compute' ? 1 : 4, compute_ms: 100 },
    );
    const { job_id } = await submit({ kind, chunks: 4 });

    expect(await ended(job_id)).toMatchObject({
      status: 'completed',
      result: 4,
      completed_chunks: 4,
      retries: 0,
      duplicate_results: 0,
    });
    expect(worker.taken.filter(({ task }) => task.op === 'compute' && task.begin === 3).map(({ lease }) => lease)).toEqual([
      '3-4-0',
      '3-4-0-copy',
    ]);
    await eventually(() => expect(told).toContainEqual({ v: 1, type: 'CancelLeases', job_id, lease: '3-4-0' }));
    // Seen: of a worker that was dead the lease stayed, and was computed once more after the end of the job.
    await eventOf(job_id);
    expect(await readStored(broker, 'work', workSubjects.ofJob(job_id))).toEqual([]);
    unhear();
  });

  it('many at once all end right', async () => {
    await startCoordinator();
    const kind = newKind();
    await startWorker(kind);
    const submitted = await Promise.all(Array.from({ length: 40 }, () => submit({ kind, chunks: 8 })));
    for (const { job_id } of submitted) expect(await ended(job_id)).toMatchObject({ status: 'completed', result: 8 });
  });

  it('gets a wider window when workers report more slots', async () => {
    await startCoordinator();
    const kind = newKind();
    const workersBucket = await openBucket(broker, 'workers');
    await workersBucket.put('slots-worker', encode(aWorkerHeartbeat({ worker: 'slots-worker', kinds: [kind], slots: 6 })), {
      ttlMs: 30_000,
    });
    const { job_id } = await submit({ kind, chunks: 50 });
    await eventually(async () => expect((await viewOf(job_id))?.chunks.leased).toEqual([[0, 12]]));
  });

  it('whose chunk cannot be computed fails with a sentence, and its leases are taken back', async () => {
    await startCoordinator();
    const kind = newKind();
    const boom = { code: 'compute_refused', message: 'chunk 1 is cursed', retryable: false };
    await startWorker(kind, (lease): Answer => {
      if (lease.task.op !== 'compute' || lease.task.begin !== 1) return undefined;
      return { type: 'LeaseComputed', failed: [{ chunk: 1, error: boom }] };
    });
    const { job_id } = await submit({ kind, chunks: 10 });
    const view = await ended(job_id);
    expect(view).toMatchObject({
      status: 'failed',
      error: { code: 'compute_refused', message: 'Chunk 1 cannot be computed: chunk 1 is cursed' },
    });
    expect(view.detail).toBe(view.error!.message);
    await eventually(async () => expect(await readStored(broker, 'work', workSubjects.ofJob(job_id))).toEqual([]));
  });

  it('runs a failed chunk again after a delay the server keeps, alone, through another coordinator and a killed server', async () => {
    const first = await startCoordinator();
    const kind = newKind();
    const flaky = { code: 'compute_failed', message: 'flaky', retryable: true };
    const ran: { attempt: number; atMs: number }[] = [];
    const worker = await startWorker(kind, (lease): Answer => {
      const { task } = lease;
      if (task.op === 'merge' || task.begin > 1 || task.end <= 1) return countingAnswer(lease);
      ran.push({ attempt: task.attempt, atMs: Date.now() });
      return task.attempt < 2 ? { type: 'LeaseComputed', failed: [{ chunk: 1, error: flaky }] } : countingAnswer(lease);
    });
    const { job_id } = await submit({ kind, chunks: 4 });
    await vi.waitFor(() => expect(ran).toHaveLength(1), { timeout: 10_000 });
    await eventually(async () => expect(await viewOf(job_id)).toMatchObject({ completed_chunks: 3, retries: 1 }));
    coordinators.splice(0);
    await first.app.close();
    await server.kill();
    await server.restart();
    await startCoordinator();
    expect(await ended(job_id)).toMatchObject({ status: 'completed', result: 4, retries: 2, duplicate_results: 0 });
    // A server that is killed may forget an ack, and hand out again what was answered: that answer is refused, and the lease is the same.
    const atOf = (attempt: number): number => ran.find((one) => one.attempt === attempt)!.atMs;
    expect([...new Set(ran.map(({ attempt }) => attempt))]).toEqual([0, 1, 2]);
    expect(atOf(2) - atOf(1)).toBeGreaterThanOrEqual(500);
    const taken = worker.taken
      .filter(({ task }) => task.op === 'compute' && task.begin <= 1 && task.end > 1)
      .map(({ task }) => JSON.stringify(task));
    expect([...new Set(taken)].map((task) => JSON.parse(task) as object)).toEqual(
      [0, 1, 2].map((attempt) => ({ op: 'compute', begin: 1, end: 2, total: 4, attempt })),
    );
  });

  it('that failed leaves one dead letter with its history, and requeued it runs only what is missing', async () => {
    await startCoordinator();
    const kind = newKind();
    let mended = false;
    const flaky = { code: 'compute_failed', message: 'flaky', retryable: true };
    const worker = await startWorker(kind, (lease): Answer => {
      const { task } = lease;
      if (task.op === 'merge' || mended) return countingAnswer(lease);
      if (task.begin <= 1 && task.end > 1)
        return {
          type: 'LeaseComputed',
          failed: [{ chunk: 1, error: flaky }],
          partial: task.end - task.begin === 1 ? undefined : task.end - task.begin - 1,
        };
      return countingAnswer(lease);
    });
    const { job_id, tenant } = await submit({ kind, chunks: 6, max_attempts: 2 });
    expect(await ended(job_id)).toMatchObject({ status: 'failed', completed_chunks: 5, failed_chunks: 1 });
    expect(await eventOf(job_id)).toMatchObject({ status: 'failed' });
    const [dead, ...others] = await readStored(broker, 'dead', deadSubjects.chunksOfRound(tenant, job_id, 0));
    expect(others).toEqual([]);
    expect(decode(DeadChunk, dead!.data)).toMatchObject({
      job_id,
      begin: 1,
      end: 2,
      round: 0,
      error: { message: 'Chunk 1 failed 2 times: flaky' },
      runs: [
        { run: 1, code: 'compute_failed', message: 'flaky', worker: 'fake-worker' },
        { run: 2, code: 'compute_failed' },
      ],
    });

    mended = true;
    const before = worker.taken.length;
    await outbox.publishAll([
      {
        subject: mailboxSubjects.requeue(job_id, 1),
        data: encode(aRequeueJob({ job_id, tenant })),
        expectLastSubjectSequence: 0,
      },
    ]);
    const view = await vi.waitFor(
      async () => {
        const now = await viewOf(job_id);
        expect(now).toMatchObject({ status: 'completed', round: 1 });
        return now!;
      },
      { timeout: 10_000 },
    );
    expect(view).toMatchObject({ result: 6, completed_chunks: 6, failed_chunks: 0, error: null });
    expect(worker.taken.slice(before).flatMap(({ task }) => (task.op === 'compute' ? [[task.begin, task.end]] : []))).toEqual([
      [1, 2],
    ]);
    await eventually(async () =>
      expect(await lastStored(broker, 'events', eventSubjects.finished(tenant, job_id, 1))).toBeDefined(),
    );
    expect(await readStored(broker, 'dead', deadSubjects.chunksOfRound(tenant, job_id, 0))).toHaveLength(1);
  });

  it('cancelled empties WORK, tells the workers, and ignores what comes later', async () => {
    await startCoordinator();
    const kind = newKind();
    const gate = Promise.withResolvers<Answer>();
    const worker = await startWorker(kind, () => gate.promise);
    const cancels = createSignal<CancelLeases>();
    const unhear = broker.subscribe(coreSubjects.cancelLeases, (data) => cancels.emit('cancel', decode(CancelLeases, data)));
    const { job_id } = await submit({ kind, chunks: 100 });
    await eventually(() => expect(worker.taken.length).toBeGreaterThan(0));

    await outbox.publishAll([{ subject: mailboxSubjects.cancel(job_id), data: encode(aCancelJob({ job_id })) }]);
    await cancels.wait('cancel', (cancel) => cancel.job_id === job_id);
    const view = await ended(job_id);
    expect(view).toMatchObject({ status: 'cancelled', detail: 'Cancelled on request.', result: null });
    await eventually(async () => expect(await readStored(broker, 'work', workSubjects.ofJob(job_id))).toEqual([]));
    expect(await eventOf(job_id)).toMatchObject({ status: 'cancelled' });

    gate.resolve({ type: 'LeaseComputed', partial: 1 });
    await eventually(async () =>
      expect(await lastStored(broker, 'mailbox', `${mailboxSubjects.ofJob(job_id).slice(0, -1)}result.>`)).toBeDefined(),
    );
    const other = await submit({ kind, chunks: 1 });
    await ended(other.job_id);
    expect(await viewOf(job_id)).toEqual(view);
    unhear();
  });

  it('paused hands nothing out, also through a new coordinator and a killed server, and goes on where it was', async () => {
    const first = await startCoordinator();
    const kind = newKind();
    let held = true;
    const worker = await startWorker(kind, (lease) =>
      held && lease.task.op === 'compute' && lease.task.begin >= 10 ? undefined : countingAnswer(lease),
    );
    const { job_id, tenant } = await submit({ kind, chunks: 40 });
    await eventually(async () => expect((await viewOf(job_id))?.completed_chunks).toBeGreaterThanOrEqual(10));

    const askedAtMs = performance.now();
    await outbox.publishAll([{ subject: mailboxSubjects.pause(job_id), data: encode(aPauseJob({ job_id, tenant })) }]);
    await eventually(async () =>
      expect(await viewOf(job_id)).toMatchObject({ status: 'paused', detail: 'Paused on request.', chunks: { leased: [] } }),
    );
    // As promised to whoever pauses; alone it takes some tens of milliseconds.
    expect(performance.now() - askedAtMs).toBeLessThan(2_000);
    await eventually(async () => expect(await readStored(broker, 'work', workSubjects.ofJob(job_id))).toEqual([]));
    const before = await viewOf(job_id);

    coordinators.splice(0);
    await first.app.close();
    await server.kill();
    await server.restart();
    await startCoordinator();
    const other = await submit({ kind, chunks: 1 });
    await ended(other.job_id);
    expect(await viewOf(job_id)).toEqual(before);

    held = false;
    const taken = worker.taken.length;
    await outbox.publishAll([{ subject: mailboxSubjects.resume(job_id), data: encode(aResumeJob({ job_id, tenant })) }]);
    expect(await ended(job_id)).toMatchObject({ status: 'completed', result: 40, completed_chunks: 40 });
    expect(worker.taken.length).toBeGreaterThan(taken);
  });

  it('shows how far its running leases are', async () => {
    await startCoordinator();
    const kind = newKind();
    const { job_id } = await submit({ kind, chunks: 4 });
    await eventually(async () => expect((await viewOf(job_id))?.status).toBe('running'));
    broker.publish(coreSubjects.live(job_id), encode(aLeaseProgress({ job_id, lease: '0-1-0', begin: 0, end: 1, done: 1 })));
    await eventually(async () => expect(await viewOf(job_id)).toMatchObject({ progress: 0.25, completed_chunks: 0 }));
    await startWorker(kind);
    expect(await ended(job_id)).toMatchObject({ result: 4 });
  });
});

describe('a coordinator that goes', () => {
  /** Answers until half of the chunks are through, then waits for the gate. */
  function halfway(): { answer: Parameters<typeof startFakeWorker>[1]; reached: Promise<void>; go(): void } {
    const reached = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    return {
      reached: reached.promise,
      go: gate.resolve,
      async answer(lease) {
        if (lease.task.op === 'merge' || lease.task.begin >= 20) {
          reached.resolve();
          await gate.promise;
        }
        return countingAnswer(lease);
      },
    };
  }

  it('by dying is replaced by the next one, which finishes its job', async () => {
    const first = await startCoordinator();
    const kind = newKind();
    const half = halfway();
    await startWorker(kind, half.answer);
    const { job_id } = await submit({ kind, chunks: 40 });
    await half.reached;

    coordinators.splice(0);
    await first.bus.broker.connection.close();
    half.go();
    await startCoordinator();
    expect(await ended(job_id)).toMatchObject({ status: 'completed', result: 40, completed_chunks: 40 });
    expect(await eventOf(job_id)).toMatchObject({ status: 'completed', result: 40 });
    await first.app.close().catch(() => undefined);
  });

  it('by closing hands its jobs to one that runs beside it', async () => {
    const kind = newKind();
    const half = halfway();
    await startWorker(kind, half.answer);
    const first = await startCoordinator();
    const submitted = await Promise.all(Array.from({ length: 6 }, () => submit({ kind, chunks: 40 })));
    await half.reached;
    await startCoordinator();
    coordinators.splice(coordinators.indexOf(first), 1);
    await first.app.close();
    half.go();
    for (const { job_id } of submitted) expect(await ended(job_id)).toMatchObject({ status: 'completed', result: 40 });
  });

  it('is not needed to remember: killing nats-server mid-job loses nothing', async () => {
    await startCoordinator();
    const kind = newKind();
    const half = halfway();
    await startWorker(kind, half.answer);
    const { job_id } = await submit({ kind, chunks: 40 });
    await half.reached;
    await server.kill();
    await server.restart();
    half.go();
    expect(await ended(job_id)).toMatchObject({ status: 'completed', result: 40 });
  });
});

it('a coordinator starts from its configuration alone', async () => {
  const app = await createCoordinator(config);
  await app.listen();
  const kind = newKind();
  await startWorker(kind);
  const { job_id } = await submit({ kind, chunks: 1 });
  expect(await ended(job_id)).toMatchObject({ status: 'completed', result: 1 });
  await app.close();
});
