import { newScheduleId, nextTick, parseCron, scheduleSubjects } from '@manyhands/proto';
import { beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '@manyhands/testkit';
import { consumeEvents } from '../events/consume-events.ts';
import type { MessageSchedule, Outbox } from '../outbox.ts';
import { broker, server, useProvisionedServer } from '../provisioned-server.fixture.ts';
import { lastStored, purgeStored } from '../stored/read-stored.ts';
import { storedSubjects } from '../stored/stored-subjects.ts';
import { createOutbox } from './jetstream-outbox.ts';

let outbox: Outbox;

useProvisionedServer();
beforeAll(() => {
  outbox = createOutbox(broker);
});

type When = { at: Date } | { cron: string; timeZone: string };

/** Stores a schedule and returns its id. */
async function schedule(when: When, id = newScheduleId()): Promise<string> {
  const one = { ...when, target: scheduleSubjects.due('t', id) } as MessageSchedule;
  await outbox.publishAll([{ subject: scheduleSubjects.timer('t', id), data: Buffer.from(id), schedule: one }]);
  return id;
}

async function dueOf(id: string) {
  return lastStored(broker, 'schedules', scheduleSubjects.due('t', id));
}

describe('a scheduled message (nats-server 2.15)', () => {
  it('with a time in the past is due at once, as a copy, and the schedule is gone', async () => {
    const id = await schedule({ at: new Date(Date.now() - 60_000) });
    const due = await eventually(async () => (await dueOf(id)) ?? Promise.reject(new Error('not due')));
    expect(Buffer.from(due.data).toString()).toBe(id);
    await eventually(async () => expect(await lastStored(broker, 'schedules', scheduleSubjects.timer('t', id))).toBeUndefined());
  });

  it('that repeats says with each copy when it comes next: when our own reading of the expression says', async () => {
    const atMs = Math.ceil(Date.now() / 1000) * 1000 + 2_000;
    const expected = new Map<string, string>();
    const heard = new Map<string, string | undefined>();
    const consuming = await consumeEvents(broker, {
      stream: 'schedules',
      durable: 'next',
      filter: 'schedule.due.t.*',
      handler: ({ data, nextDue }) => void heard.set(Buffer.from(data).toString(), nextDue),
    });
    for (const timeZone of ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe']) {
      for (const text of comingAt(atMs, timeZone)) {
        const [, ...fields] = parseCron(text).serverForm.split(' ');
        const second = new Date(atMs).getUTCSeconds();
        const id = await schedule({ cron: [second, ...fields].join(' '), timeZone });
        expected.set(id, new Date(nextTick(parseCron(text), timeZone, atMs)! + second * 1000).toISOString());
      }
    }
    await eventually(async () => expect([...expected.keys()].every((id) => heard.has(id))).toBe(true));
    await consuming.stop();
    for (const [id, next] of expected) expect(new Date(heard.get(id)!).toISOString()).toBe(next);
    expect(await purgeStored(broker, 'schedules', 'schedule.*.t.*')).toBeGreaterThanOrEqual(expected.size);
  });

  it('is paused when it is stored again without its schedule, and goes on when it gets it back', async () => {
    const id = await schedule({ cron: '* * * * * *', timeZone: 'UTC' });
    const first = await eventually(async () => (await dueOf(id)) ?? Promise.reject(new Error('not due')));
    const timer = await lastStored(broker, 'schedules', scheduleSubjects.timer('t', id));
    await outbox.publishAll([{ subject: scheduleSubjects.timer('t', id), data: Buffer.from('paused'), expectLastSubjectSequence: timer!.sequence }]);
    const paused = (await dueOf(id))!.sequence;
    // Another that goes on shows that seconds pass.
    const other = await schedule({ cron: '* * * * * *', timeZone: 'UTC' });
    const begun = await eventually(async () => (await dueOf(other)) ?? Promise.reject(new Error('not due')));
    await eventually(async () => expect((await dueOf(other))!.sequence).toBeGreaterThan(begun.sequence));
    expect((await dueOf(id))!.sequence).toBe(paused);
    expect(paused).toBeGreaterThanOrEqual(first.sequence);
    await schedule({ cron: '* * * * * *', timeZone: 'UTC' }, id);
    await eventually(async () => expect((await dueOf(id))!.sequence).toBeGreaterThan(paused));
    for (const one of [id, other]) await purgeStored(broker, 'schedules', scheduleSubjects.ofSchedule('t', one));
  });

  it('that was removed does not come any more, and one subject is one message', async () => {
    const id = await schedule({ cron: '* * * * * *', timeZone: 'UTC' });
    await eventually(async () => expect(await dueOf(id)).toBeDefined());
    await eventually(async () => expect((await dueOf(id))!.sequence).toBeGreaterThan((await lastStored(broker, 'schedules', scheduleSubjects.timer('t', id)))!.sequence + 1));
    const stored = await storedSubjects(broker, 'schedules', scheduleSubjects.ofSchedule('t', id));
    expect(stored.subjects).toEqual([scheduleSubjects.due('t', id), scheduleSubjects.timer('t', id)]);
    expect(stored.streamBytes).toBeGreaterThan(0);
    expect(await purgeStored(broker, 'schedules', scheduleSubjects.ofSchedule('t', id))).toBe(2);
    expect((await storedSubjects(broker, 'schedules', scheduleSubjects.ofSchedule('t', id))).subjects).toEqual([]);
  });

  it('survives a kill of the server: what was missed meanwhile comes at once, what came does not come again', async () => {
    const daily = await schedule({ at: new Date(Date.now() + 3_600_000) });
    const late = await schedule({ at: new Date(Date.now() + 1_200) });
    await server.kill();
    await eventually(async () => expect(Date.now()).toBeGreaterThan(Number(`0x${late.replaceAll('-', '').slice(0, 12)}`) + 1_200));
    await server.restart();
    await eventually(async () => expect(await dueOf(late)).toBeDefined());
    expect(await dueOf(daily)).toBeUndefined();
    expect(await lastStored(broker, 'schedules', scheduleSubjects.timer('t', daily))).toBeDefined();
  });

  it('the server cannot read is refused as a bad request', async () => {
    await expect(schedule({ cron: '0 61 * * * *', timeZone: 'UTC' })).rejects.toMatchObject({ code: 'bad_request', message: expect.stringMatching(/pattern is invalid/) });
    await expect(schedule({ cron: '0 1 * * * *', timeZone: 'Mars/Olympus' })).rejects.toMatchObject({ code: 'bad_request', message: expect.stringMatching(/time zone is invalid/) });
  });

  it('may have a life time of its own', async () => {
    const subject = scheduleSubjects.ran('t', 'short');
    await outbox.publishAll([{ subject, data: Buffer.from('x'), ttlMs: 1_000 }]);
    expect(await lastStored(broker, 'schedules', subject)).toBeDefined();
    await eventually(async () => expect(await lastStored(broker, 'schedules', subject)).toBeUndefined());
  });
});

/** Expressions that match a moment in a time zone, each in another way. */
function comingAt(atMs: number, timeZone: string): string[] {
  const format = new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', weekday: 'short' });
  const { month, day, hour, minute, weekday } = Object.fromEntries(format.formatToParts(atMs).map(({ type, value }) => [type, value]));
  return [`${minute} * * * *`, `${minute} ${hour} * * *`, `${minute} ${hour} * * ${weekday}`, `${minute} ${hour} ${day} * *`, `${minute} ${hour} ${day} ${month} *`, `${minute} ${hour} 29 * ${weekday}`, `${minute} ${hour} * 2-12/2 0-6`, `${minute} ${hour} ${day},31 ${month} ${weekday}`]
    .filter((text) => nextTick(parseCron(text), timeZone, Math.floor(atMs / 60_000) * 60_000 - 1) === Math.floor(atMs / 60_000) * 60_000);
}
