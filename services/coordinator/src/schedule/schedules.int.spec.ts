import { createMembership, createOutbox, lastStored, openBroker, openBucket, provision, purgeStored, readStored, type Broker, type MessageSchedule, type Outbox } from '@manyhands/jetstream';
import { decode, encode, limits, mailboxSubjects, newJobId, ScheduleRan, scheduleSubjects, SubmitJob, type Schedule } from '@manyhands/proto';
import { aSchedule, eventually, startNatsServer, type NatsServer } from '@manyhands/testkit';
import type { INestMicroservice } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { coordinatorOn } from '../application.ts';
import type { Bus } from '../bus.ts';
import { ScheduleRuns } from './schedule-runs.ts';

let server: NatsServer;
let broker: Broker;
let outbox: Outbox;
const coordinators: INestMicroservice[] = [];

beforeAll(async () => {
  server = await startNatsServer();
  broker = await openBroker({ url: server.url, name: 'test' });
  await provision(broker);
  outbox = createOutbox(broker);
});
afterEach(async () => {
  await Promise.all(coordinators.splice(0).map((app) => app.close()));
});
afterAll(async () => {
  await broker?.close();
  await server?.stop();
});

async function startCoordinator(): Promise<INestMicroservice> {
  const own = await openBroker({ url: server.url, name: 'coordinator' });
  const [jobs, jobState, workers, members] = await Promise.all((['jobs', 'jobState', 'workers', 'coordinators'] as const).map((key) => openBucket(own, key)));
  const membership = createMembership(own, { bucket: members!, self: newJobId(), intervalMs: 400, ttlMs: 1_000 });
  const bus: Bus = { broker: own, outbox: createOutbox(own), buckets: { jobs: jobs!, jobState: jobState!, workers: workers! }, membership, said: {} };
  const app = await coordinatorOn(bus, { natsUrl: server.url, replicas: 1, logLevel: 'silent', retentionHours: 24, leaseChunksMax: limits.chunkCountMax });
  await app.listen();
  coordinators.push(app);
  return app;
}

/** Stores a schedule; `serverCron` is the server's form, with seconds. */
async function store(schedule: Schedule, serverCron?: string): Promise<Schedule> {
  const { tenant, schedule_id: id, run_at: runAt } = schedule;
  const target = scheduleSubjects.due(tenant, id);
  const when: MessageSchedule = serverCron === undefined ? { target, at: new Date(runAt!) } : { target, cron: serverCron, timeZone: 'UTC' };
  await outbox.publishAll([{ subject: scheduleSubjects.timer(tenant, id), data: encode(schedule), schedule: when }]);
  return schedule;
}

const once = (inMs: number): Schedule => aSchedule({ cron: null, time_zone: null, run_at: new Date(Date.now() + inMs).toISOString() });

async function submittedBy({ schedule_id: id }: Schedule): Promise<SubmitJob[]> {
  const submits = (await readStored(broker, 'mailbox', 'job.*.*.submit')).map(({ data }) => decode(SubmitJob, data));
  return submits.filter((submit) => submit.schedule_id === id);
}
async function ranOf({ tenant, schedule_id: id }: Schedule): Promise<ScheduleRan | undefined> {
  const last = await lastStored(broker, 'schedules', scheduleSubjects.ran(tenant, id));
  return last && decode(ScheduleRan, last.data);
}
describe('a schedule that runs once', () => {
  it('makes its one job when it is due, and leaves nothing but the note of it', async () => {
    await startCoordinator();
    const schedule = await store(once(700));
    const [submit] = await eventually(async () => {
      const submits = await submittedBy(schedule);
      expect(submits).toHaveLength(1);
      return submits;
    });
    expect(submit).toMatchObject({ ...schedule.job, tenant: schedule.tenant, schedule_id: schedule.schedule_id });
    expect(await eventually(async () => (await ranOf(schedule)) ?? Promise.reject(new Error('not noted')))).toMatchObject({ job_id: submit!.job_id, due_at: schedule.run_at, schedule });
    await eventually(async () => expect(await readStored(broker, 'schedules', scheduleSubjects.ofSchedule(schedule.tenant, schedule.schedule_id))).toHaveLength(1));
  });

  it('whose time passed while server and coordinator were dead runs once they are back', async () => {
    const app = await startCoordinator();
    const schedule = await store(once(1_000));
    await Promise.all(coordinators.splice(0).map((one) => one.close()));
    expect(app).toBeDefined();
    await server.kill();
    await eventually(async () => expect(Date.now()).toBeGreaterThan(Date.parse(schedule.run_at!)));
    await server.restart();
    await startCoordinator();
    await eventually(async () => expect(await submittedBy(schedule)).toHaveLength(1));
  });
});

describe('a schedule that repeats', () => {
  it('makes a job at each tick', async () => {
    await startCoordinator();
    const schedule = await store(aSchedule({ cron: '* * * * *' }), '* * * * * *');
    const submits = await eventually(async () => {
      const found = await submittedBy(schedule);
      expect(found.length).toBeGreaterThanOrEqual(3);
      return found;
    });
    expect(new Set(submits.map(({ job_id: jobId }) => jobId)).size).toBe(submits.length);
    await outbox.publishAll([{ subject: scheduleSubjects.timer(schedule.tenant, schedule.schedule_id), data: encode(schedule) }]);
  });
});

describe('a run that comes twice', () => {
  const nextDue = '2027-01-02T00:00:00Z';
  /** As it is once the server has forgotten the ids of messages: only the fences are left. */
  const forgetful: Outbox = { publishAll: (messages) => outbox.publishAll(messages.map(({ messageId: _id, ...message }) => message)) };

  it('makes one job, at the same time and one after the other', async () => {
    const schedule = aSchedule();
    const runs = new ScheduleRuns(broker, forgetful, 24);
    const made = await Promise.all([1, 2, 3].map((later) => runs.run(schedule, { storedAtMs: Date.now() + later, nextDue })));
    made.push(await runs.run(schedule, { storedAtMs: Date.now() + 10_000, nextDue }));
    expect(made.filter((jobId) => jobId !== undefined)).toHaveLength(1);
    expect(await submittedBy(schedule)).toHaveLength(1);
    expect(await runs.run(schedule, { storedAtMs: Date.now(), nextDue: '2027-01-03T00:00:00Z' })).toBeDefined();
  });

  it('makes a job with the attempts and time limits of its schedule', async () => {
    const asked = { max_attempts: 2, soft_limit_sec: 1, hard_limit_sec: 2 };
    const schedule = aSchedule({ job: { ...aSchedule().job, ...asked } });
    await new ScheduleRuns(broker, forgetful, 24).run(schedule, { storedAtMs: Date.now(), nextDue });
    expect(await submittedBy(schedule)).toEqual([expect.objectContaining(asked)]);
  });

  it('makes no second job even after the first has left its mailbox', async () => {
    const schedule = aSchedule();
    const runs = new ScheduleRuns(broker, forgetful, 24);
    const jobId = await runs.run(schedule, { storedAtMs: Date.now(), nextDue });
    await broker.manager.streams.purge('MAILBOX', { filter: mailboxSubjects.ofJob(jobId!) });
    expect(await runs.run(schedule, { storedAtMs: Date.now() + 5_000, nextDue })).toBeUndefined();
    expect(await submittedBy(schedule)).toEqual([]);
  });

  it('whose coordinator died before it noted the run makes no second job either', async () => {
    const schedule = aSchedule();
    const jobId = await new ScheduleRuns(broker, forgetful, 24).run(schedule, { storedAtMs: Date.now(), nextDue });
    await broker.manager.streams.purge('SCHEDULES', { filter: scheduleSubjects.ran(schedule.tenant, schedule.schedule_id) });
    expect(await new ScheduleRuns(broker, forgetful, 24).run(schedule, { storedAtMs: Date.now() + 9_000, nextDue })).toBeUndefined();
    expect((await submittedBy(schedule)).map((submit) => submit.job_id)).toEqual([jobId]);
    expect(await ranOf(schedule)).toMatchObject({ job_id: jobId });
  });
});

describe('a schedule that is deleted', () => {
  const nextDue = '2027-01-02T00:00:00Z';

  /** What `DELETE /v1/schedules/:id` does. */
  async function deleted({ tenant, schedule_id: id }: Schedule): Promise<void> {
    const all = scheduleSubjects.ofSchedule(tenant, id);
    await purgeStored(broker, 'schedules', all);
    await outbox.publishAll([{ subject: scheduleSubjects.gone(id), data: encode({}), ttlMs: 60_000 }]);
    await purgeStored(broker, 'schedules', all);
  }
  const leftOf = ({ tenant, schedule_id: id }: Schedule) => readStored(broker, 'schedules', scheduleSubjects.ofSchedule(tenant, id));

  it('makes no more jobs, and a copy the server made meanwhile goes too', async () => {
    const schedule = aSchedule();
    await deleted(schedule);
    await outbox.publishAll([{ subject: scheduleSubjects.due(schedule.tenant, schedule.schedule_id), data: encode(schedule) }]);
    expect(await new ScheduleRuns(broker, outbox, 24).run(schedule, { storedAtMs: Date.now(), nextDue })).toBeUndefined();
    expect(await submittedBy(schedule)).toEqual([]);
    expect(await leftOf(schedule)).toEqual([]);
  });

  // Seen: the note of a run was stored after the schedule was deleted, and showed it again for a day.
  it('while its run is being stored stays deleted: the job goes on, nothing of the schedule is left', async () => {
    const schedule = aSchedule();
    await outbox.publishAll([{ subject: scheduleSubjects.timer(schedule.tenant, schedule.schedule_id), data: encode(schedule) }]);
    const meanwhile: Outbox = {
      async publishAll(messages) {
        const outcomes = await outbox.publishAll(messages);
        await deleted(schedule);
        return outcomes;
      },
    };
    expect(await new ScheduleRuns(broker, meanwhile, 24).run(schedule, { storedAtMs: Date.now(), nextDue })).toBeDefined();
    expect(await submittedBy(schedule)).toHaveLength(1);
    expect(await leftOf(schedule)).toEqual([]);
  });

  it('at every moment of its run stays deleted', async () => {
    const runs = new ScheduleRuns(broker, outbox, 24);
    for (let round = 0; round < 20; round += 1) {
      const schedule = aSchedule();
      await outbox.publishAll([{ subject: scheduleSubjects.timer(schedule.tenant, schedule.schedule_id), data: encode(schedule) }]);
      await Promise.all([runs.run(schedule, { storedAtMs: Date.now(), nextDue }), deleted(schedule), runs.run(schedule, { storedAtMs: Date.now(), nextDue: '2027-01-03T00:00:00Z' })]);
      expect(await leftOf(schedule), `round ${round}`).toEqual([]);
    }
  });
});

it('a note that another release wrote says nothing, and the run makes its job', async () => {
  const schedule = aSchedule();
  await outbox.publishAll([{ subject: scheduleSubjects.ran(schedule.tenant, schedule.schedule_id), data: encode({ v: 9, type: 'ScheduleRan' }) }]);
  expect(await new ScheduleRuns(broker, outbox, 24).run(schedule, { storedAtMs: Date.now(), nextDue: '2027-01-02T00:00:00Z' })).toBeDefined();
  expect(await ranOf(schedule)).toMatchObject({ occurrence: '2027-01-02T00:00:00.000Z' });
});

it('a run waits while there is no room for what its job will need, and comes again', async () => {
  await startCoordinator();
  const { config } = await broker.manager.streams.info('KV_jobs');
  for (let count = 0; count < 20; count += 1) await broker.jetstream.publish(`$KV.jobs.other.fill-${count}`, new Uint8Array(50_000));
  const { state } = await broker.manager.streams.info('KV_jobs');
  await broker.manager.streams.update('KV_jobs', { max_bytes: Math.ceil(state.bytes / 0.95) });
  const schedule = await store(once(0));
  try {
    await eventually(async () => expect((await broker.manager.consumers.info('SCHEDULES', 'due')).num_redelivered).toBeGreaterThan(0));
    expect(await submittedBy(schedule)).toEqual([]);
  } finally {
    await broker.manager.streams.update('KV_jobs', { max_bytes: config.max_bytes });
  }
  await eventually(async () => expect(await submittedBy(schedule)).toHaveLength(1));
});

it('a full mailbox lets a run come again instead of losing it', async () => {
  await startCoordinator();
  const info = await broker.manager.streams.info('MAILBOX');
  await broker.manager.streams.update('MAILBOX', { max_bytes: 1 });
  const schedule = await store(once(0));
  await eventually(async () => expect((await broker.manager.consumers.info('SCHEDULES', 'due')).num_redelivered).toBeGreaterThan(0));
  await broker.manager.streams.update('MAILBOX', { max_bytes: info.config.max_bytes });
  await eventually(async () => expect(await submittedBy(schedule)).toHaveLength(1));
});
