import type { Outbox } from '@manyhands/nats';
import { lastStored, purgeStored, storedSubjects, createOutbox } from './bound.ts';
import { newScheduleId, scheduleSubjects } from '@manyhands/proto';
import { eventually } from '@manyhands/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { broker, server, useProvisionedServer } from '@manyhands/testkit/provisioned-server';

let outbox: Outbox;

useProvisionedServer();
beforeAll(() => {
  outbox = createOutbox(broker);
});

/** Stores a schedule and returns its id. */
async function schedule(at: Date, id = newScheduleId()): Promise<string> {
  await outbox.publishAll([
    { subject: scheduleSubjects.alarm('t', id), data: Buffer.from(id), schedule: { at, target: scheduleSubjects.due('t', id) } },
  ]);
  return id;
}
const inMs = (ms: number): Date => new Date(Date.now() + ms);

async function dueOf(id: string) {
  return lastStored(broker, 'schedules', scheduleSubjects.due('t', id));
}

describe('a scheduled message (nats-server 2.15)', () => {
  it('with a time in the past is due at once, as a copy, and the schedule is gone', async () => {
    const id = await schedule(inMs(-60_000));
    const due = await eventually(async () => (await dueOf(id)) ?? Promise.reject(new Error('not due')));
    expect(Buffer.from(due.data).toString()).toBe(id);
    await eventually(async () => expect(await lastStored(broker, 'schedules', scheduleSubjects.alarm('t', id))).toBeUndefined());
  });

  it('says that the server holds it, as long as it does', async () => {
    const id = await schedule(inMs(3_600_000));
    expect(await lastStored(broker, 'schedules', scheduleSubjects.alarm('t', id))).toMatchObject({ isHeld: true });
    await outbox.publishAll([{ subject: scheduleSubjects.alarm('t', id), data: Buffer.from('no more') }]);
    expect(await lastStored(broker, 'schedules', scheduleSubjects.alarm('t', id))).not.toHaveProperty('isHeld');
  });

  it('that was removed does not come any more, and one subject is one message', async () => {
    const id = await schedule(inMs(700));
    await schedule(inMs(800), id);
    const other = await schedule(inMs(900));
    const stored = await storedSubjects(broker, 'schedules', scheduleSubjects.ofSchedule('t', id));
    expect(stored.subjects).toEqual([scheduleSubjects.alarm('t', id)]);
    expect(stored.streamBytes).toBeGreaterThan(0);
    expect(Math.abs(stored.atMs - Date.now())).toBeLessThan(60_000);
    expect(await purgeStored(broker, 'schedules', scheduleSubjects.ofSchedule('t', id))).toBe(1);
    await eventually(async () => expect(await dueOf(other)).toBeDefined());
    expect(await dueOf(id)).toBeUndefined();
  });

  it('survives a kill of the server: what was missed meanwhile comes at once, what came does not come again', async () => {
    const daily = await schedule(inMs(3_600_000));
    const lateAt = inMs(1_200);
    const late = await schedule(lateAt);
    await server.kill();
    await eventually(async () => expect(Date.now()).toBeGreaterThan(lateAt.getTime()));
    await server.restart();
    await eventually(async () => expect(await dueOf(late)).toBeDefined());
    expect(await dueOf(daily)).toBeUndefined();
    expect(await lastStored(broker, 'schedules', scheduleSubjects.alarm('t', daily))).toBeDefined();
  });

  it('may have a life time of its own', async () => {
    const subject = scheduleSubjects.ran('t', 'short');
    await outbox.publishAll([{ subject, data: Buffer.from('x'), ttlMs: 1_000 }]);
    expect(await lastStored(broker, 'schedules', subject)).toBeDefined();
    await eventually(async () => expect(await lastStored(broker, 'schedules', subject)).toBeUndefined());
  });
});
