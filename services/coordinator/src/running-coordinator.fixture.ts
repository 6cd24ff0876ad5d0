/** A server with coordinators on it, for tests: what they start is stopped after each of them. */
import { createMembership } from './mailbox/membership.ts';
import { createOutbox, openBroker, openBucket, provision } from '@manyhands/broker';
import type { Broker, Bucket, Outbox } from '@manyhands/nats';
import {
  decode,
  encode,
  isFinal,
  JobView,
  keys,
  limits,
  LOCAL_TENANT,
  mailboxSubjects,
  newJobId,
  type SubmitJob,
} from '@manyhands/proto';
import { aSubmitJob, startNatsServer, type NatsServer } from '@manyhands/testkit';
import type { INestMicroservice } from '@nestjs/common';
import { vi } from 'vitest';
import { coordinatorOn } from './application.ts';
import type { Bus } from './bus.ts';
import { startFakeWorker, type Answer, type FakeWorker } from './fake-worker.fixture.ts';
import { JobTurns } from './takeover/job-turns.ts';

export interface RunningCoordinator {
  app: INestMicroservice;
  bus: Bus;
  turns: JobTurns;
}

export class CoordinatorTest {
  readonly server: NatsServer;
  readonly broker: Broker;
  readonly outbox: Outbox;
  readonly jobs: Bucket;
  readonly jobState: Bucket;
  readonly workersBucket: Bucket;
  #kindCount = 0;
  #stops: (() => Promise<unknown>)[] = [];

  private constructor(server: NatsServer, broker: Broker, buckets: Record<'jobs' | 'jobState' | 'workers', Bucket>) {
    this.server = server;
    this.broker = broker;
    this.outbox = createOutbox(broker);
    this.jobs = buckets.jobs;
    this.jobState = buckets.jobState;
    this.workersBucket = buckets.workers;
  }

  static async open(): Promise<CoordinatorTest> {
    const server = await startNatsServer();
    const broker = await openBroker({ url: server.url, name: 'test' });
    await provision(broker);
    const [jobs, jobState, workers] = await Promise.all([
      openBucket(broker, 'jobs'),
      openBucket(broker, 'jobState'),
      openBucket(broker, 'workers'),
    ]);
    return new CoordinatorTest(server, broker, { jobs, jobState, workers });
  }

  /** Others miss it within two seconds when it dies. */
  async startCoordinator(): Promise<RunningCoordinator> {
    const own = await openBroker({ url: this.server.url, name: 'coordinator' });
    const [jobs, jobState, workers, coordinators] = await Promise.all([
      openBucket(own, 'jobs'),
      openBucket(own, 'jobState'),
      openBucket(own, 'workers'),
      openBucket(own, 'coordinators'),
    ]);
    const said: Bus['said'] = {};
    const membership = createMembership(own, {
      bucket: coordinators,
      self: newJobId(),
      intervalMs: 400,
      ttlMs: 1_000,
      report: () => said,
    });
    const bus: Bus = { broker: own, outbox: createOutbox(own), buckets: { jobs, jobState, workers }, membership, said };
    const app = await coordinatorOn(bus, {
      natsUrl: this.server.url,
      replicas: 1,
      logLevel: 'silent',
      retentionHours: 24,
      storageGb: 13,
      leaseChunksMax: limits.chunkCountMax,
    });
    await app.listen();
    this.#stops.unshift(() => app.close());
    return { app, bus, turns: app.get(JobTurns) };
  }

  /** A kind of its own for each test, so that no test sees another's leases. */
  newKind(): string {
    return `kind-${(this.#kindCount += 1)}`;
  }

  async startWorker(
    kind: string,
    answer?: (...args: Parameters<NonNullable<Parameters<typeof startFakeWorker>[1]>>) => Answer | Promise<Answer>,
  ): Promise<FakeWorker> {
    const worker = await startFakeWorker({ broker: this.broker, outbox: this.outbox, kind }, answer);
    this.#stops.push(() => worker.stop());
    return worker;
  }

  async submit(given: Partial<SubmitJob>): Promise<SubmitJob> {
    const job = aSubmitJob(given);
    await this.outbox.publishAll([
      { subject: mailboxSubjects.submit(job.job_id), data: encode(job), messageId: job.job_id, expectLastSubjectSequence: 0 },
    ]);
    return job;
  }

  /** Stores a message in a job's mailbox, whatever it is. */
  async tell(subject: string, message: unknown): Promise<void> {
    await this.outbox.publishAll([
      { subject, data: typeof message === 'string' ? new TextEncoder().encode(message) : encode(message) },
    ]);
  }

  async viewOf(jobId: string): Promise<JobView | undefined> {
    const entry = await this.jobs.get(keys.job(LOCAL_TENANT, jobId));
    return entry?.value && decode(JobView, entry.value);
  }

  /** The view once it is as wanted. */
  async shown(jobId: string, isWanted: (view: JobView) => boolean, timeout = 25_000): Promise<JobView> {
    return vi.waitFor(
      async () => {
        const view = await this.viewOf(jobId);
        if (!view || !isWanted(view))
          throw new Error(
            `job ${jobId} is ${view?.status ?? 'unknown'} at ${view?.completed_chunks ?? 0} chunks, ${view?.detail}`,
          );
        return view;
      },
      { timeout, interval: 20 },
    );
  }

  ended(jobId: string, timeout?: number): Promise<JobView> {
    return this.shown(jobId, ({ status }) => isFinal(status), timeout);
  }

  /** Stops what this test has started. */
  async reset(): Promise<void> {
    for (const stop of this.#stops.splice(0)) await stop();
  }

  async close(): Promise<void> {
    await this.reset();
    await this.broker.close();
    await this.server.stop();
  }
}
