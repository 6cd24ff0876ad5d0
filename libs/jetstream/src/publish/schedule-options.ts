/** The publish options of a message that is a schedule or has a life time of its own. Pure. */
import type { JetStreamPublishOptions } from '@nats-io/jetstream';
import type { OutgoingMessage } from '../outbox.ts';

export function scheduleOptions({ schedule, ttlMs }: OutgoingMessage): Partial<JetStreamPublishOptions> {
  return {
    ...(ttlMs !== undefined && { ttl: `${Math.max(1, Math.ceil(ttlMs / 1000))}s` }),
    ...(schedule !== undefined && {
      schedule: {
        target: schedule.target,
        specification: 'at' in schedule ? schedule.at : schedule.cron,
        ...(schedule.keptMs !== undefined && { ttl: `${Math.max(1, Math.ceil(schedule.keptMs / 1000))}s` }),
        // Without the header the server reads UTC, and needs no time zone database for it.
        ...('cron' in schedule && schedule.timeZone !== 'UTC' && { timezone: schedule.timeZone }),
      },
    }),
  };
}
