/**
 * Step schedule: makes a job of each run that is due.
 *
 *   due ──job stored──▶ submitted ──noted──▶ ran (the caller acknowledges)
 *
 * Always true: one run makes one job, however often it comes. The job's id is made from the run and its mailbox must be empty; and once the mailbox
 * may have been emptied again (retention), the note of the newest run still says that it was had.
 *
 * Reads and publishes in SCHEDULES, publishes `SubmitJob`. Throws `unavailable` while there is no room; then the run comes again.
 */
import { lastStored, purgeStored, type Broker, type Outbox } from '@manyhands/jetstream';
import { decode, encode, mailboxSubjects, retainedMs, ScheduleRan, scheduleSubjects, submitOf, type Schedule } from '@manyhands/proto';
import { dueRun } from './due-run.ts';

export interface DueMessage {
  storedAtMs: number;
  nextDue?: string;
}

export class ScheduleRuns {
  readonly #broker: Broker;
  readonly #outbox: Outbox;
  readonly #retentionMs: number;

  constructor(broker: Broker, outbox: Outbox, retentionHours: number) {
    this.#broker = broker;
    this.#outbox = outbox;
    this.#retentionMs = retainedMs(retentionHours);
  }

  /** Resolves with the id of the job once it is stored; undefined when this run has been had. */
  async run(schedule: Schedule, { storedAtMs, nextDue }: DueMessage): Promise<string | undefined> {
    const { tenant, schedule_id: scheduleId } = schedule;
    const { occurrence, dueAtMs, jobId, nextAtMs } = dueRun(schedule, nextDue, storedAtMs);
    const subject = scheduleSubjects.ran(tenant, scheduleId);
    const last = await lastStored(this.#broker, 'schedules', subject);
    if (last !== undefined && decode(ScheduleRan, last.data).occurrence === occurrence) return undefined;
    const submit = submitOf(schedule, jobId, new Date(storedAtMs).toISOString());
    const [outcome] = await this.#outbox.publishAll([{ subject: mailboxSubjects.submit(jobId), data: encode(submit), expectLastSubjectSequence: 0 }]);
    const ran: ScheduleRan = { v: 1, type: 'ScheduleRan', schedule, occurrence, due_at: new Date(dueAtMs).toISOString(), job_id: jobId };
    // Outlives the next run, which replaces it; a schedule that is deleted meanwhile leaves nothing for ever.
    const ttlMs = this.#retentionMs + Math.max(0, (nextAtMs ?? 0) - Date.now());
    await this.#outbox.publishAll([{ subject, data: encode(ran), ttlMs }]);
    // What repeats is replaced by its next run.
    if (nextAtMs === undefined) await purgeStored(this.#broker, 'schedules', scheduleSubjects.due(tenant, scheduleId));
    return outcome === 'stored' ? jobId : undefined;
  }
}
