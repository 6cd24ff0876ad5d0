/** The one message a schedule is. Pure. */
import type { OutgoingMessage } from '@manyhands/nats';
import { encode, scheduleSubjects, type Schedule } from '@manyhands/proto';

/** One that runs once is held by the server itself, unless it is paused; one that repeats has an alarm beside it. */
export function heldMessage(schedule: Schedule): OutgoingMessage {
  const { tenant, schedule_id: id, status, run_at: runAt } = schedule;
  const held = status === 'scheduled' &&
    runAt !== null && { schedule: { target: scheduleSubjects.due(tenant, id), at: new Date(runAt) } };
  return { subject: scheduleSubjects.timer(tenant, id), data: encode(schedule), ...held };
}
