import { createOutbox, lastStored, openBroker, provision, purgeStored } from '@manyhands/broker';
import type { Broker, Outbox } from '@manyhands/nats';
import { createLogger } from '@manyhands/observe';
import { decode, encode, newJobId, nextTick, parseCron, Schedule, scheduleSubjects, type ScheduleRan } from '@manyhands/proto';
import { aSchedule, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ScheduleWatch } from './schedule-watch.ts';

let server: NatsServer;
let broker: Broker;
let outbox: Outbox;

beforeAll(async () => {
  server = await startNatsServer();
  broker = await openBroker({ url: server.url, name: 'test' });
  await provision(broker);
  outbox = createOutbox(broker);
});
afterAll(async () => {
  await broker?.close();
  await server?.stop();
});

const log = createLogger('test', { level: 'silent' });
const watch = (): ScheduleWatch => new ScheduleWatch(broker, log);
const daily = (given: Partial<Schedule> = {}): Schedule =>
  aSchedule({ cron: '30 6 * * *', time_zone: 'Europe/Berlin', ...given });
const after = (ms: number): string => new Date(nextTick(parseCron('30 6 * * *'), 'Europe/Berlin', ms)!).toISOString();
const timerOf = ({ tenant, schedule_id: id }: Schedule) => lastStored(broker, 'schedules', scheduleSubjects.timer(tenant, id));

async function stored(schedule: Schedule): Promise<Schedule> {
  await outbox.publishAll([{ subject: scheduleSubjects.timer(schedule.tenant, schedule.schedule_id), data: encode(schedule) }]);
  return schedule;
}
async function alarmOf({ tenant, schedule_id: id }: Schedule): Promise<string | undefined> {
  const alarm = await lastStored(broker, 'schedules', scheduleSubjects.alarm(tenant, id));
  return alarm && decode(Schedule, alarm.data).due_at;
}
async function ran(schedule: Schedule, dueAt: string): Promise<void> {
  const note: ScheduleRan = { v: 1, type: 'ScheduleRan', schedule, occurrence: 'x', due_at: dueAt, job_id: newJobId() };
  await outbox.publishAll([{ subject: scheduleSubjects.ran(schedule.tenant, schedule.schedule_id), data: encode(note) }]);
}

it('an alarm that somebody removed is set again for the next tick, and one that is there is left alone', async () => {
  const schedule = await stored(daily());
  const watching = watch();
  expect(await watching.sweep()).toBe(1);
  expect(await alarmOf(schedule)).toBe(after(Date.now()));
  expect(await watching.sweep()).toBe(0);
  await purgeStored(broker, 'schedules', scheduleSubjects.alarm(schedule.tenant, schedule.schedule_id));
  expect(await watching.sweep()).toBe(1);
  expect(await alarmOf(schedule)).toBe(after(Date.now()));
});

it('ticks that passed since its newest run are made up for once: the alarm is set for the first of them', async () => {
  const schedule = await stored(daily());
  // The note says that it ran tomorrow, as where clocks differ; it counts more than when the schedule was stored.
  const tomorrow = after(Date.now());
  await ran(schedule, tomorrow);
  await watch().sweep();
  expect(await alarmOf(schedule)).toBe(after(Date.parse(tomorrow)));
});

it('a run that is due and not had yet sets the next alarm itself', async () => {
  const schedule = await stored(daily());
  const dueAt = after(Date.now());
  await outbox.publishAll([
    { subject: scheduleSubjects.due(schedule.tenant, schedule.schedule_id), data: encode({ ...schedule, due_at: dueAt }) },
  ]);
  expect(await watch().sweep()).toBe(0);
  expect(await alarmOf(schedule)).toBeUndefined();
  await ran(schedule, dueAt);
  expect(await watch().sweep()).toBe(1);
  expect(await alarmOf(schedule)).toBe(after(Date.parse(dueAt)));
});

it('one that is paused, that runs once, or that cannot be read has none', async () => {
  const paused = await stored(daily({ status: 'paused' }));
  const once = await stored(aSchedule({ cron: null, time_zone: null, run_at: new Date(Date.now() + 3_600_000).toISOString() }));
  const strange = daily();
  await outbox.publishAll([{ subject: scheduleSubjects.timer(strange.tenant, strange.schedule_id), data: encode({ v: 9 }) }]);
  const watching = watch();
  expect(await watching.sweep()).toBe(0);
  for (const one of [paused, once, strange])
    expect(await lastStored(broker, 'schedules', scheduleSubjects.alarm(one.tenant, one.schedule_id))).toBeUndefined();
  // Resumed by a gateway that died before it set the alarm.
  await stored({ ...paused, status: 'scheduled' });
  expect(await watching.sweep(Date.now() + 61_000)).toBe(1);
  expect(await alarmOf(paused)).toBe(after(Date.now()));
});

// Seen: it ended each sweep, in silence, so that no other schedule got its alarm back either.
it.each([{ time_zone: 'Mars/Olympus' }, { cron: 'every full moon' }])(
  'one with %j, which this release does not know, keeps no other from its alarm, and is logged once',
  async (given) => {
    const strange = await stored(daily(given));
    const schedule = await stored(daily());
    const lines: string[] = [];
    const watching = new ScheduleWatch(
      broker,
      createLogger('test', { level: 'warn', destination: { write: (line) => void lines.push(line) } }),
    );
    expect(await watching.sweep()).toBe(1);
    expect(await watching.sweep(Date.now() + 61_000)).toBe(0);
    expect(await alarmOf(schedule)).toBe(after(Date.now()));
    expect(lines).toEqual([expect.stringContaining(`no alarm can be set for schedule ${strange.schedule_id}`)]);
    await purgeStored(broker, 'schedules', scheduleSubjects.ofSchedule(strange.tenant, strange.schedule_id));
  },
);

it('one that an earlier release stored, with the cron of the server, is taken over', async () => {
  const schedule = daily();
  const subject = scheduleSubjects.timer(schedule.tenant, schedule.schedule_id);
  await broker.jetstream.publish(subject, encode(schedule), {
    schedule: {
      specification: '0 30 6 * * *',
      timezone: 'Europe/Berlin',
      target: scheduleSubjects.due(schedule.tenant, schedule.schedule_id),
    },
  });
  expect(await timerOf(schedule)).toMatchObject({ isHeld: true });
  expect(await watch().sweep()).toBe(1);
  expect(await alarmOf(schedule)).toBe(after(Date.now()));
  const timer = await timerOf(schedule);
  expect(timer).not.toHaveProperty('isHeld');
  expect(decode(Schedule, timer!.data)).toEqual(schedule);
});

it('one that was deleted meanwhile gets none', async () => {
  const schedule = await stored(daily());
  await outbox.publishAll([{ subject: scheduleSubjects.gone(schedule.schedule_id), data: encode({}), ttlMs: 60_000 }]);
  await watch().sweep();
  expect(await alarmOf(schedule)).toBeUndefined();
});
