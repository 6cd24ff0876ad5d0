/** The publish options of a message that is a schedule or has a life time of its own. Pure. */
import type { JetStreamPublishOptions } from '@nats-io/jetstream';
import type { OutgoingMessage } from '../outbox.ts';

export function scheduleOptions({
  schedule,
  ttlMs,
}: Pick<OutgoingMessage, 'schedule' | 'ttlMs'>): Partial<JetStreamPublishOptions> {
  return {
    ...(ttlMs !== undefined && { ttl: `${Math.max(1, Math.ceil(ttlMs / 1000))}s` }),
    ...(schedule !== undefined && {
      schedule: {
        target: schedule.target,
        specification: schedule.at,
        ...(schedule.keptMs !== undefined && { ttl: `${Math.max(1, Math.ceil(schedule.keptMs / 1000))}s` }),
      },
    }),
  };
}
