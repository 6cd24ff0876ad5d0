/**
 * Step retry: sets the timers of jobs, which the server holds.
 *
 * Invariant: one timer per job; setting it again moves it. The server stores what rings in the job's mailbox, so no process has to be alive
 * meanwhile. No message id: a timer set back to a time it had before must not be taken for a duplicate.
 */
import type { Outbox } from '@manyhands/nats';
import { encode, timerSubjects, type TimerDue } from '@manyhands/proto';

/** Milliseconds a due timer stays in TIMERS: far longer than the server needs to copy it into MAILBOX. */
const DUE_KEPT_MS = 3_600_000;

const timeOf = ({ at_ms }: TimerDue): Date => new Date(at_ms);

/** The last timer of each job is set. Resolves when all are durable. */
export async function setTimers(outbox: Outbox, timers: readonly TimerDue[]): Promise<void> {
  if (timers.length === 0) return;
  const newest = new Map(timers.map((timer) => [`${timer.job_id} ${timer.timer}`, timer]));
  await outbox.publishAll(
    [...newest.values()].map((timer) => ({
      subject: timerSubjects.set(timer.job_id, timer.timer),
      data: encode(timer),
      schedule: { at: timeOf(timer), keptMs: DUE_KEPT_MS, target: timerSubjects.due(timer.job_id, timer.timer) },
    })),
  );
}
