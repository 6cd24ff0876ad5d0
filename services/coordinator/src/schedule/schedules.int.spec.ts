import { createMembership } from '../mailbox/membership.ts';
import { createOutbox, lastStored, openBroker, openBucket, provision, purgeStored, readStored } from '@manyhands/broker';
import type { Broker, Outbox } from '@manyhands/nats';
import {
  consumers,
  decode,
  encode,
  limits,
  mailboxSubjects,
  newJobId,
  Schedule,
  ScheduleRan,
  scheduleSubjects,
  SubmitJob,
} from '@manyhands/proto';
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
  const [jobs, jobState, workers, members] = await Promise.all(
    (['jobs', 'jobState', 'workers', 'coordinators'] as const).map((key) => openBucket(own, key)),
  );
  const membership = createMembership(own, { bucket: members!, self: newJobId(), intervalMs: 400, ttlMs: 1_000 });
  const bus: Bus = {
    broker: own,
    outbox: createOutbox(own),
    buckets: { jobs: jobs!, jobState: jobState!, workers: workers! },
    membership,
    said: {},
  };
  const app = await coordinatorOn(bus, {
    natsUrl: server.url,
    replicas: 1,
    logLevel: 'silent',
    retentionHours: 24,
    leaseChunksMax: limits.chunkCountMax,
  });
  await app.listen();
  coordinators.push(app);
  return app;
}

/** Stores a schedule; one that repeats with an alarm for `dueAt`, or without one. */
async function store(schedule: Schedule, dueAt?: Date): Promise<Schedule> {
  const { tenant, schedule_id: id, run_at: runAt } = schedule;
  const target = scheduleSubjects.due(tenant, id);
  const timer = {
    subject: scheduleSubjects.timer(tenant, id),
    data: encode(schedule),
    ...(runAt !== null && { schedule: { target, at: new Date(runAt) } }),
  };
  await outbox.publishAll([timer]);
  if (dueAt === undefined) return schedule;
  const alarm = {
    subject: scheduleSubjects.alarm(tenant, id),
    data: encode({ ...schedule, due_at: dueAt.toISOString() }),
    schedule: { target, at: dueAt },
  };
  await outbox.publishAll([alarm]);
  return schedule;
}

const alarmOf = async ({ tenant, schedule_id: id }: Schedule): Promise<Schedule | undefined> => {
  const alarm = await lastStored(broker, 'schedules', scheduleSubjects.alarm(tenant, id));
  return alarm && decode(Schedule, alarm.data);
};
const inMs = (ms: number): Date => new Date(Date.now() + ms);

const once = (inMs: number): Schedule =>
  aSchedule({ cron: null, time_zone: null, run_at: new Date(Date.now() + inMs).toISOString() });

async function submittedBy({ schedule_id: id }: Schedule): Promise<SubmitJob[]> {
  const submits = (await readStored(broker, 'mailbox', 'job.*.*.submit')).map(({ data }) => decode(SubmitJob, data));
  return submits.filter((submit) => submit.schedule_id === id);
}
async function ranOf({ tenant, schedule_id: id }: Schedule): Promise<ScheduleRan | undefined> {
  const last = await lastStored(broker, 'schedules', scheduleSubjects.ran(tenant, id));
  return last && decode(ScheduleRan, last.data);
}
/** What `DELETE /v1/schedules/:id` does. */
async function deleted({ tenant, schedule_id: id }: Schedule): Promise<void> {
  const all = scheduleSubjects.ofSchedule(tenant, id);
  await purgeStored(broker, 'schedules', all);
  await outbox.publishAll([{ subject: scheduleSubjects.gone(id), data: encode({}), ttlMs: 60_000 }]);
  await purgeStored(broker, 'schedules', all);
}
const leftOf = ({ tenant, schedule_id: id }: Schedule) =>
  readStored(broker, 'schedules', scheduleSubjects.ofSchedule(tenant, id));

const hourly = (given: Partial<Schedule> = {}): Schedule => aSchedule({ cron: '0 * * * *', ...given });
const nextHour = (): string => new Date(Math.floor(Date.now() / 3_600_000 + 1) * 3_600_000).toISOString();

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
    expect(await eventually(async () => (await ranOf(schedule)) ?? Promise.reject(new Error('not noted')))).toMatchObject({
      job_id: submit!.job_id,
      due_at: schedule.run_at,
      schedule,
    });
    await eventually(async () =>
      expect(
        await readStored(broker, 'schedules', scheduleSubjects.ofSchedule(schedule.tenant, schedule.schedule_id)),
      ).toHaveLength(1),
    );
  });
});

describe('a schedule that repeats', () => {
  it('makes a job when its alarm rings, notes it, and sets the alarm for the next tick', async () => {
    await startCoordinator();
    const dueAt = inMs(500);
    const schedule = await store(hourly(), dueAt);
    await eventually(async () => expect((await alarmOf(schedule))?.due_at).toBe(nextHour()));
    expect(await submittedBy(schedule)).toHaveLength(1);
    const ran = await ranOf(schedule);
    expect(ran).toMatchObject({ due_at: dueAt.toISOString(), schedule });
    expect(ran!.schedule).not.toHaveProperty('due_at');
  });

  it('that missed many ticks while nobody was there makes one job, and goes on from now', async () => {
    const schedule = await store(aSchedule({ cron: '* * * * *' }), inMs(-3_600_000));
    await startCoordinator();
    await eventually(async () => expect(Date.parse((await alarmOf(schedule))?.due_at ?? '')).toBeGreaterThan(Date.now()));
    expect(await submittedBy(schedule)).toHaveLength(1);
  });

  it('that was paused while its alarm rang makes no job, and no alarm is left', async () => {
    const schedule = await store(hourly({ status: 'paused' }));
    const runs = new ScheduleRuns(broker, outbox, 24);
    expect(
      await runs.run(
        { ...schedule, status: 'scheduled', due_at: inMs(0).toISOString() },
        { storedAtMs: Date.now(), nextDue: 'purge' },
      ),
    ).toBeUndefined();
    expect([await submittedBy(schedule), await alarmOf(schedule), await ranOf(schedule)]).toEqual([[], undefined, undefined]);
  });

  it('that was deleted while its alarm rang makes no job, and nothing of it is left, at every moment', async () => {
    const runs = new ScheduleRuns(broker, outbox, 24);
    for (let round = 0; round < 10; round += 1) {
      const schedule = await store(hourly());
      const due = { ...schedule, due_at: inMs(0).toISOString() };
      await outbox.publishAll([{ subject: scheduleSubjects.due(schedule.tenant, schedule.schedule_id), data: encode(due) }]);
      const running = runs.run(due, { storedAtMs: Date.now() });
      for (let turns = 0; turns < round; turns += 1) await lastStored(broker, 'schedules', scheduleSubjects.ran('t', 'nobody'));
      await deleted(schedule);
      await running;
      await runs.run(due, { storedAtMs: Date.now() });
      expect(await leftOf(schedule), `round ${round}`).toEqual([]);
    }
  });

  it('whose alarm rings again for an old run makes no second job, even after the first has left its mailbox', async () => {
    const schedule = await store(hourly());
    const runs = new ScheduleRuns(broker, outbox, 24);
    const dueAts = [-7_200_000, -3_600_000].map((ms) => inMs(ms).toISOString());
    for (const dueAt of dueAts) expect(await runs.run({ ...schedule, due_at: dueAt }, { storedAtMs: Date.now() })).toBeDefined();
    for (const { job_id: jobId } of await submittedBy(schedule))
      await purgeStored(broker, 'mailbox', mailboxSubjects.ofJob(jobId));
    for (const dueAt of dueAts)
      expect(await runs.run({ ...schedule, due_at: dueAt }, { storedAtMs: Date.now() })).toBeUndefined();
    expect(await submittedBy(schedule)).toEqual([]);
    expect((await alarmOf(schedule))?.due_at).toBe(nextHour());
  });
});

// Seen: an account was disabled, and its schedules went on making jobs.
describe('a schedule of an account that is disabled', () => {
  const tenant = 'disabled-account';
  const halted = scheduleSubjects.halted(tenant);
  const halt = () => outbox.publishAll([{ subject: halted, data: encode({}) }]);
  const goOn = () => purgeStored(broker, 'schedules', halted);

  it('makes no job at its ticks, has its next alarm, and goes on when the account is enabled', async () => {
    const runs = new ScheduleRuns(broker, outbox, 24);
    const schedule = await store(aSchedule({ tenant, cron: '0 * * * *' }));
    const run = () => runs.run({ ...schedule, due_at: inMs(0).toISOString() }, { storedAtMs: Date.now() });
    await halt();
    expect(await run()).toBeUndefined();
    expect(await submittedBy(schedule)).toEqual([]);
    expect(Date.parse((await alarmOf(schedule))!.due_at!)).toBeGreaterThan(Date.now());
    await goOn();
    expect(await run()).toBeDefined();
    expect(await submittedBy(schedule)).toHaveLength(1);
  });

  it('that comes due once stays due, and makes its job when it is due again', async () => {
    await halt();
    await startCoordinator();
    const schedule = await store({ ...once(300), tenant });
    const due = scheduleSubjects.due(tenant, schedule.schedule_id);
    await eventually(async () => {
      const { ack_floor: floor, delivered } = await broker.manager.consumers.info('SCHEDULES', consumers.dueSchedules);
      expect((await lastStored(broker, 'schedules', due))?.sequence).toBeLessThanOrEqual(floor.stream_seq);
      expect(floor.stream_seq).toBe(delivered.stream_seq);
    });
    expect(await submittedBy(schedule)).toEqual([]);
    await goOn();
    const { data } = (await lastStored(broker, 'schedules', due))!;
    await outbox.publishAll([{ subject: due, data }]);
    await eventually(async () => expect(await submittedBy(schedule)).toHaveLength(1));
    await eventually(async () => expect(await lastStored(broker, 'schedules', due)).toBeUndefined());
  });
});

describe('a run that comes twice', () => {
  const nextDue = '2027-01-02T00:00:00Z';
  /** As it is once the server has forgotten the ids of messages: only the fences are left. */
  const forgetful: Outbox = {
    publishAll: (messages) => outbox.publishAll(messages.map(({ messageId: _id, ...message }) => message)),
  };

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
    expect(
      await new ScheduleRuns(broker, forgetful, 24).run(schedule, { storedAtMs: Date.now() + 9_000, nextDue }),
    ).toBeUndefined();
    expect((await submittedBy(schedule)).map((submit) => submit.job_id)).toEqual([jobId]);
    expect(await ranOf(schedule)).toMatchObject({ job_id: jobId });
  });
});

describe('a schedule that is deleted', () => {
  const nextDue = '2027-01-02T00:00:00Z';

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
      await outbox.publishAll([
        { subject: scheduleSubjects.timer(schedule.tenant, schedule.schedule_id), data: encode(schedule) },
      ]);
      await Promise.all([
        runs.run(schedule, { storedAtMs: Date.now(), nextDue }),
        deleted(schedule),
        runs.run(schedule, { storedAtMs: Date.now(), nextDue: '2027-01-03T00:00:00Z' }),
      ]);
      expect(await leftOf(schedule), `round ${round}`).toEqual([]);
    }
  });
});

it('a note that another release wrote says nothing, and the run makes its job', async () => {
  const schedule = aSchedule();
  await outbox.publishAll([
    { subject: scheduleSubjects.ran(schedule.tenant, schedule.schedule_id), data: encode({ v: 9, type: 'ScheduleRan' }) },
  ]);
  expect(
    await new ScheduleRuns(broker, outbox, 24).run(schedule, { storedAtMs: Date.now(), nextDue: '2027-01-02T00:00:00Z' }),
  ).toBeDefined();
  expect(await ranOf(schedule)).toMatchObject({ occurrence: '2027-01-02T00:00:00.000Z' });
});

it('a run waits while there is no room for what its job will need, and comes again', async () => {
  await startCoordinator();
  const { config } = await broker.manager.streams.info('KV_jobs');
  for (let count = 0; count < 20; count += 1)
    await broker.jetstream.publish(`$KV.jobs.other.fill-${count}`, new Uint8Array(50_000));
  const { state } = await broker.manager.streams.info('KV_jobs');
  await broker.manager.streams.update('KV_jobs', { max_bytes: Math.ceil(state.bytes / 0.95) });
  const waiting = async () => (await broker.manager.consumers.info('SCHEDULES', 'due')).num_redelivered;
  const schedules: Schedule[] = [];
  try {
    // The first one is no proof: a server that does not report within 250 ms how full it is, on a busy machine, is no reason to wait.
    schedules.push(await store(once(0)));
    await eventually(async () => expect((await waiting()) + (await submittedBy(schedules[0]!)).length).toBeGreaterThan(0));
    const before = await waiting();
    schedules.push(await store(once(0)));
    await eventually(async () => expect(await waiting()).toBeGreaterThan(before));
    expect(await submittedBy(schedules[1]!)).toEqual([]);
  } finally {
    await broker.manager.streams.update('KV_jobs', { max_bytes: config.max_bytes });
  }
  for (const schedule of schedules) await eventually(async () => expect(await submittedBy(schedule)).toHaveLength(1));
});

it('a full mailbox lets a run come again instead of losing it', async () => {
  await startCoordinator();
  const info = await broker.manager.streams.info('MAILBOX');
  await broker.manager.streams.update('MAILBOX', { max_bytes: 1 });
  const schedule = await store(once(0));
  await eventually(async () =>
    expect((await broker.manager.consumers.info('SCHEDULES', 'due')).num_redelivered).toBeGreaterThan(0),
  );
  await broker.manager.streams.update('MAILBOX', { max_bytes: info.config.max_bytes });
  await eventually(async () => expect(await submittedBy(schedule)).toHaveLength(1));
});

// Last: what was acknowledged right before the server died may come again, and only after the ack wait of its consumer.
describe('a schedule whose server dies', () => {
  it('runs once its server and coordinator are back, when its time passed meanwhile', async () => {
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

  // Seen: nats-server keeps what it knows of schedules in memory for two minutes, and after a crash went on with the next tick of its cron.
  it('that was stored right before a crash of the server makes up for the run it missed, once', async () => {
    await startCoordinator();
    const dueAt = inMs(1_500);
    const schedule = await store(hourly(), dueAt);
    await server.kill();
    await eventually(async () => expect(Date.now()).toBeGreaterThan(dueAt.getTime() + 500));
    await server.restart();
    await eventually(async () => expect((await alarmOf(schedule))?.due_at).toBe(nextHour()));
    expect(await submittedBy(schedule)).toHaveLength(1);
    expect(await ranOf(schedule)).toMatchObject({ due_at: dueAt.toISOString() });
  });
});
