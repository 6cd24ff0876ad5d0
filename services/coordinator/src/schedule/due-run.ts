/** Which run of a schedule a due message is. Pure. */
import { lastTickBefore, parseCron, scheduledJobId, type Schedule } from '@manyhands/proto';

export interface DueRun {
  /** The same for every message about this run, and never for two runs of a schedule. */
  occurrence: string;
  dueAtMs: number;
  jobId: string;
  /** When the schedule comes again; undefined when it ran once. */
  nextAtMs: number | undefined;
}

/**
 * `nextDue` is what the server says with the message: when the schedule comes next. It names the run, because it is the same if the server hands
 * out one run twice (it died between storing the message and noting that it had), while the time at which the message was stored is not.
 */
export function dueRun(schedule: Schedule, nextDue: string | undefined, storedAtMs: number): DueRun {
  const { schedule_id, cron, time_zone, run_at } = schedule;
  if (cron === null) return madeRun(schedule_id, 'once', run_at === null ? storedAtMs : Date.parse(run_at), undefined);
  const nextAtMs = nextDue === undefined ? NaN : Date.parse(nextDue);
  if (Number.isNaN(nextAtMs)) return madeRun(schedule_id, String(storedAtMs), storedAtMs, storedAtMs);
  const dueAtMs = lastTickBefore(parseCron(cron), time_zone ?? 'UTC', nextAtMs) ?? storedAtMs;
  return madeRun(schedule_id, new Date(nextAtMs).toISOString(), dueAtMs, nextAtMs);
}

function madeRun(scheduleId: string, occurrence: string, dueAtMs: number, nextAtMs: number | undefined): DueRun {
  return { occurrence, dueAtMs, jobId: scheduledJobId(scheduleId, occurrence, dueAtMs), nextAtMs };
}
