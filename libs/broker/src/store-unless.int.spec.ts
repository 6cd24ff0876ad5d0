import { lastStored, purgeStored, storeUnless } from './bound.ts';
import { scheduleSubjects } from '@manyhands/proto';
import { describe, expect, it } from 'vitest';
import { broker, useProvisionedServer } from '@manyhands/testkit/provisioned-server';

useProvisionedServer();

const data = new Uint8Array([1]);
const message = (id: string) => ({
  subject: scheduleSubjects.ran('t', id),
  data,
  ttlMs: 60_000,
  unless: scheduleSubjects.gone(id),
});

describe('storeUnless', () => {
  it('stores, again and again, while the other subject is empty, and not at all once it is not', async () => {
    expect(await storeUnless(broker, 'schedules', message('a'))).toBe(true);
    expect(await storeUnless(broker, 'schedules', message('a'))).toBe(true);
    await broker.jetstream.publish(scheduleSubjects.gone('a'), data);
    await purgeStored(broker, 'schedules', scheduleSubjects.ofSchedule('t', 'a'));
    expect(await storeUnless(broker, 'schedules', message('a'))).toBe(false);
    expect(await lastStored(broker, 'schedules', scheduleSubjects.ran('t', 'a'))).toBeUndefined();
    expect(await storeUnless(broker, 'schedules', message('b'))).toBe(true);
  });

  it('stores a schedule too, for ever, and not behind the mark', async () => {
    const alarm = {
      subject: scheduleSubjects.alarm('t', 'c'),
      data,
      schedule: { target: scheduleSubjects.due('t', 'c'), at: new Date(Date.now() + 3_600_000) },
      unless: scheduleSubjects.gone('c'),
    };
    expect(await storeUnless(broker, 'schedules', alarm)).toBe(true);
    expect(await lastStored(broker, 'schedules', alarm.subject)).toMatchObject({ isHeld: true });
    await broker.jetstream.publish(scheduleSubjects.gone('c'), data);
    await purgeStored(broker, 'schedules', alarm.subject);
    expect(await storeUnless(broker, 'schedules', alarm)).toBe(false);
    expect(await lastStored(broker, 'schedules', alarm.subject)).toBeUndefined();
  });

  it('of a mark and many messages at once nothing is left that came after the mark', async () => {
    for (let round = 0; round < 20; round += 1) {
      const id = `race-${round}`;
      const storing = Promise.all(Array.from({ length: 10 }, () => storeUnless(broker, 'schedules', message(id))));
      await broker.jetstream.publish(scheduleSubjects.gone(id), data);
      await purgeStored(broker, 'schedules', scheduleSubjects.ofSchedule('t', id));
      await storing;
      expect(await lastStored(broker, 'schedules', scheduleSubjects.ran('t', id)), id).toBeUndefined();
    }
  });
});
