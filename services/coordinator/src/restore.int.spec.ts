import { createOutbox, lastStored, openBroker, openBucket, provision } from '@manyhands/broker';
import type { Broker, Msg } from '@manyhands/nats';
import {
  decode,
  encode,
  isFinal,
  JobView,
  keys,
  limits,
  LOCAL_TENANT,
  mailboxSubjects,
  newScheduleId,
  scheduleSubjects,
  ScheduleRan,
  type JobStatus,
} from '@manyhands/proto';
import { aSchedule, aSubmitJob, startNatsServer } from '@manyhands/testkit';
import { afterEach, expect, it, vi } from 'vitest';
import { coordinatorOn } from './application.ts';
import { openBus } from './bus.ts';
import { countingAnswer, startFakeWorker, type Answer } from './fake-worker.fixture.ts';

const kind = 'counting';
const ends: (() => Promise<unknown>)[] = [];
const last = (end: () => Promise<unknown>): void => void ends.unshift(end);
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

interface StreamBackup {
  name: string;
  /** Configuration and state, as the server wants them back. */
  about: { config: object; state: object };
  chunks: Uint8Array[];
}

/** What `nats stream backup` does: streams and their consumers, over the API every nats-server has. */
async function backUp({ connection, manager }: Broker): Promise<StreamBackup[]> {
  const backups: StreamBackup[] = [];
  for await (const name of await manager.streams.names()) {
    const chunks: Uint8Array[] = [];
    const inbox = `_INBOX.backup.${name}`;
    const { promise: whole, resolve } = Promise.withResolvers<void>();
    const subscription = connection.subscribe(inbox, {
      callback: (_error, message: Msg) => {
        if (message.data.length === 0) return resolve();
        chunks.push(message.data.slice());
        message.respond();
      },
    });
    const answer = await connection.request(
      `$JS.API.STREAM.SNAPSHOT.${name}`,
      JSON.stringify({ deliver_subject: inbox, chunk_size: 128 * 1024 }),
      { timeout: 20_000 },
    );
    const { error, config, state } = answer.json<{ error?: object; config: object; state: object }>();
    expect(error).toBeUndefined();
    await whole;
    subscription.unsubscribe();
    backups.push({ name, about: { config, state }, chunks });
  }
  return backups;
}

/** What `nats stream restore` does. */
async function restore({ connection }: Broker, backups: readonly StreamBackup[]): Promise<void> {
  for (const { name, about, chunks } of backups) {
    const answer = await connection.request(`$JS.API.STREAM.RESTORE.${name}`, JSON.stringify(about), { timeout: 20_000 });
    const { error, deliver_subject: inbox } = answer.json<{ error?: object; deliver_subject: string }>();
    expect(error).toBeUndefined();
    for (const chunk of chunks) await connection.request(inbox, chunk, { timeout: 20_000 });
    const done = await connection.request(inbox, '', { timeout: 20_000 });
    expect(done.json<{ error?: object }>().error).toBeUndefined();
  }
}

async function onServer() {
  const server = await startNatsServer();
  last(() => server.stop());
  const broker = await openBroker({ url: server.url, name: 'test' });
  last(() => broker.close());
  return { server, broker };
}

async function runServices(url: string, broker: Broker, answer: Parameters<typeof startFakeWorker>[1]) {
  const config = {
    natsUrl: url,
    replicas: 1,
    logLevel: 'silent',
    retentionHours: 24,
    leaseChunksMax: limits.chunkCountMax,
  } as const;
  const app = await coordinatorOn(await openBus(config), config);
  await app.listen();
  const worker = await startFakeWorker({ broker, outbox: createOutbox(broker), kind }, answer);
  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= worker.stop().then(() => app.close()));
  last(stop);
  return { stop };
}

async function viewOf(broker: Broker, jobId: string): Promise<JobView> {
  const entry = await (await openBucket(broker, 'jobs')).get(keys.job(LOCAL_TENANT, jobId));
  return decode(JobView, entry!.value!);
}

const untilStatus = (broker: Broker, jobId: string, fits: (status: JobStatus) => boolean): Promise<JobView> =>
  vi.waitFor(
    async () => {
      const view = await viewOf(broker, jobId);
      expect(fits(view.status), view.status).toBe(true);
      return view;
    },
    { timeout: 60_000, interval: 50 },
  );

it(
  'a backup put back on an empty server: what was finished is there, what ran ends right, what was scheduled runs',
  { timeout: 180_000 },
  async () => {
    const before = await onServer();
    await provision(before.broker);
    const outbox = createOutbox(before.broker);
    let answered = 0;
    const someThenNone = (lease: Parameters<typeof countingAnswer>[0]): Answer =>
      (answered += 1) <= 6 ? countingAnswer(lease) : undefined;
    const services = await runServices(before.server.url, before.broker, someThenNone);

    const [finished, running] = [aSubmitJob({ kind, chunks: 2 }), aSubmitJob({ kind, chunks: 40 })];
    await outbox.publishAll([
      { subject: mailboxSubjects.submit(finished.job_id), data: encode(finished), expectLastSubjectSequence: 0 },
    ]);
    await untilStatus(before.broker, finished.job_id, isFinal);
    await outbox.publishAll([
      { subject: mailboxSubjects.submit(running.job_id), data: encode(running), expectLastSubjectSequence: 0 },
    ]);
    await vi.waitFor(async () => expect((await viewOf(before.broker, running.job_id)).completed_chunks).toBeGreaterThan(0), {
      timeout: 60_000,
    });
    const scheduleId = newScheduleId();
    const at = new Date(Date.now() + 15_000);
    const schedule = aSchedule({
      schedule_id: scheduleId,
      run_at: at.toISOString(),
      cron: null,
      time_zone: null,
      job: { ...aSchedule().job, kind, chunks: 3 },
    });
    await outbox.publishAll([
      {
        subject: scheduleSubjects.timer(schedule.tenant, scheduleId),
        data: encode(schedule),
        schedule: { target: scheduleSubjects.due(schedule.tenant, scheduleId), at },
      },
    ]);
    await services.stop();
    const backups = await backUp(before.broker);
    await before.broker.close();
    await before.server.stop();

    const after = await onServer();
    await restore(after.broker, backups);
    await provision(after.broker);
    await runServices(after.server.url, after.broker, countingAnswer);
    expect(await viewOf(after.broker, finished.job_id)).toMatchObject({ status: 'completed', result: 2 });
    expect(await untilStatus(after.broker, running.job_id, isFinal)).toMatchObject({
      status: 'completed',
      result: 40,
      completed_chunks: 40,
      failed_chunks: 0,
    });
    const ran = await vi.waitFor(
      async () => {
        const stored = await lastStored(after.broker, 'schedules', scheduleSubjects.ran(schedule.tenant, scheduleId));
        return decode(ScheduleRan, stored!.data);
      },
      { timeout: 60_000, interval: 100 },
    );
    expect(await untilStatus(after.broker, ran.job_id, isFinal)).toMatchObject({ status: 'completed', result: 3 });
  },
);
