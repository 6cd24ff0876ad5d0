/** What a turn publishes besides leases and views: the timer of its job, its dead letters, its end, and who is notified of that. */
import type { Outbox } from '@manyhands/nats';
import {
  deadSubjects,
  encode,
  eventSubjects,
  mailboxSubjects,
  timerSubjects,
  webhookOf,
  type DeadChunk,
  type JobFinished,
  type TimerDue,
} from '@manyhands/proto';
import type { LetterOutbox } from '../mailbox/patient-outbox.ts';

/** Milliseconds a due timer stays in TIMERS: far longer than the server needs to copy it into MAILBOX. */
const DUE_KEPT_MS = 3_600_000;

const timeOf = ({ at_ms }: TimerDue): Date => new Date(at_ms);

/**
 * Step retry: sets the timers of jobs, which the server holds; of each job the last one. Resolves when all are durable.
 *
 * Invariant: one timer per job; setting it again moves it. The server stores what rings in the job's mailbox, so no process has to be alive
 * meanwhile. No message id: a timer set back to a time it had before must not be taken for a duplicate.
 */
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

/**
 * Sets dead chunks aside for a person, in stream DEAD.
 *
 * Invariant: one letter per chunk and round. The broker decides: the subject must be empty. A full stream holds up no job (`PatientOutbox`).
 */
export async function publishDeadLetters(outbox: LetterOutbox, letters: readonly DeadChunk[]): Promise<void> {
  if (letters.length === 0) return;
  await outbox.publishAll(
    letters.map((letter) => ({
      subject: deadSubjects.chunk(letter.tenant, letter.job_id, letter.round, letter.begin),
      data: encode(letter),
      expectLastSubjectSequence: 0,
    })),
  );
}

/**
 * Step finish: publishes how a job ended, for history.
 *
 * Invariant: one event per job and round. The broker decides: the subject must be empty, so a second owner that states the same is refused.
 */
export async function publishFinished(outbox: Outbox, events: readonly JobFinished[]): Promise<void> {
  if (events.length === 0) return;
  await outbox.publishAll(
    events.map((event) => ({
      subject: eventSubjects.finished(event.job.tenant, event.job.job_id, event.job.round),
      data: encode(event),
      expectLastSubjectSequence: 0,
    })),
  );
}

/**
 * Submits a job of the kind `webhook` for each end that is to be notified of.
 *
 * Invariant: one per job and round. The broker decides: its mailbox must be empty, and once that may have been emptied again, its view states that it
 * was had (`RepeatedSubmits`). A full mailbox holds up no job (`PatientOutbox`).
 */
export async function submitWebhooks(outbox: LetterOutbox, events: readonly JobFinished[]): Promise<void> {
  const submits = events.flatMap(({ job }) => (job.notify && webhookOf(job)) ?? []);
  if (submits.length === 0) return;
  await outbox.publishAll(
    submits.map((submit) => ({
      subject: mailboxSubjects.submit(submit.job_id),
      data: encode(submit),
      expectLastSubjectSequence: 0,
    })),
  );
}
