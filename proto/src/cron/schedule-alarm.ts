/** The alarm of a schedule that repeats: one run to come, which the server holds until then. Pure. */
import type { Schedule } from '../messages/schedule.ts';
import { scheduleSubjects } from '../subjects.ts';
import { storedCron } from './cron.ts';
import { nextTick } from './ticks.ts';

export interface ScheduleAlarm {
  subject: string;
  /** Where the server stores its copy. */
  target: string;
  atMs: number;
  /** What is stored: the schedule, with the run it is to make. */
  due: Schedule;
}

/** For the first run after a time; undefined when the schedule runs once, or never again. */
export function alarmAfter(schedule: Schedule, afterMs: number): ScheduleAlarm | undefined {
  const { tenant, schedule_id: id, cron, time_zone: timeZone } = schedule;
  const atMs = cron === null ? undefined : nextTick(storedCron(cron), timeZone ?? 'UTC', afterMs);
  if (atMs === undefined) return undefined;
  return {
    subject: scheduleSubjects.alarm(tenant, id),
    target: scheduleSubjects.due(tenant, id),
    atMs,
    due: { ...schedule, due_at: new Date(atMs).toISOString() },
  };
}
