/** Which run of a schedule a due message is. Pure. */
import { lastTickBefore, nextTick, scheduledJobId, storedCron, type Schedule } from '@manyhands/proto';

export interface DueRun {
  /** The same for every message about this run, and never for two runs of a schedule. */
  occurrence: string;
  dueAtMs: number;
  jobId: string;
  /** When the schedule comes again; undefined when it ran once. */
  nextAtMs: number | undefined;
}

/**
 * A run is named by the tick after it, because that is the only one the server sent with the messages of earlier releases, whose schedules it held as cron
 * (`nextDue`): so one run has one name, whichever release held it.
 */
export function dueRun(schedule: Schedule, nextDue: string | undefined, storedAtMs: number): DueRun {
  const { schedule_id, cron, time_zone, run_at, due_at } = schedule;
  if (cron === null) return madeRun(schedule_id, 'once', run_at === null ? storedAtMs : Date.parse(run_at), undefined);
  if (due_at !== undefined) {
    const dueAtMs = Date.parse(due_at);
    const nextAtMs = nextTick(storedCron(cron), time_zone ?? 'UTC', dueAtMs);
    return madeRun(schedule_id, nextAtMs === undefined ? due_at : new Date(nextAtMs).toISOString(), dueAtMs, nextAtMs ?? dueAtMs);
  }
  const nextAtMs = nextDue === undefined ? NaN : Date.parse(nextDue);
  if (Number.isNaN(nextAtMs)) return madeRun(schedule_id, String(storedAtMs), storedAtMs, storedAtMs);
  const dueAtMs = lastTickBefore(storedCron(cron), time_zone ?? 'UTC', nextAtMs) ?? storedAtMs;
  return madeRun(schedule_id, new Date(nextAtMs).toISOString(), dueAtMs, nextAtMs);
}

function madeRun(scheduleId: string, occurrence: string, dueAtMs: number, nextAtMs: number | undefined): DueRun {
  return { occurrence, dueAtMs, jobId: scheduledJobId(scheduleId, occurrence, dueAtMs), nextAtMs };
}
