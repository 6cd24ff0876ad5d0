/**
 * The one timer of a job: it rings when the first waiting chunk may run, or the first partial be merged, again, or when the first lease will be late.
 *
 *   unset ──something is due later──▶ set ──rings──▶ unset        set ──something is due sooner──▶ set (moved)
 *
 * Invariant: after a turn, whenever a chunk or partial waits for its time a timer is set for that time or an earlier one. A timer that comes due
 * without need (a replay set it again, its chunk was computed elsewhere) lets nothing run before its time. But a job has one timer, so an owner that was replaced and
 * sets an older one takes the place of the one we wait for: whichever rings, what is still waited for is set again (seen in the simulation: a job
 * whose retry was moved into the past by a former owner waited forever).
 */
import type { TimerDue } from '@manyhands/proto';
import type { JobState } from './state.ts';
import { withDue } from './waiting.ts';

/** The job with the timer it needs, and the timer if it must be set. `lateAtMs`: when the next lease will be late. */
export function withTimer(job: JobState, lateAtMs = Infinity): { job: JobState; timer: TimerDue | undefined } {
  let dueMs = lateAtMs > job.atMs ? lateAtMs : Infinity;
  for (const waiting of [job.waiting, job.partials]) {
    for (const { notBeforeMs } of waiting)
      if (notBeforeMs !== undefined && notBeforeMs > job.atMs) dueMs = Math.min(dueMs, notBeforeMs);
  }
  if (dueMs === Infinity || (job.timerAtMs !== null && job.timerAtMs <= dueMs)) return { job, timer: undefined };
  const timer: TimerDue = { v: 1, type: 'TimerDue', job_id: job.submit.job_id, timer: 'retry', at_ms: dueMs };
  return { job: { ...job, timerAtMs: dueMs }, timer };
}

/** The timer has rung: whatever was to wait until then may run, also where the clock that stored the message is behind. No timer is set any more. */
export function rung(job: JobState, { at_ms }: TimerDue): JobState {
  if (at_ms !== job.timerAtMs) return { ...job, timerAtMs: null };
  const partials = job.partials.map(({ notBeforeMs, ...partial }) =>
    notBeforeMs === undefined || notBeforeMs <= at_ms ? partial : { ...partial, notBeforeMs },
  );
  return { ...job, timerAtMs: null, waiting: withDue(job.waiting, at_ms), partials };
}
