/**
 * Step schedule: makes a job of each run that is due.
 *
 *   due ──job stored──▶ submitted ──noted──▶ ran (the caller acknowledges)
 *
 * Always true: one run makes one job, however often it comes. The job's id is made from the run and its mailbox must be empty; and once the mailbox
 * may have been emptied again (retention), the note of the newest run still says that it was had. A schedule that was deleted makes no job, and the note of
 * a run under way meanwhile is not stored: the server decides that in one step with the mark of its removal.
 *
 * Reads and publishes in SCHEDULES, publishes `SubmitJob`. Throws `unavailable` while there is no room for what a job needs; then the run comes again.
 */
import { lastStored, purgeStored, Room, storeUnless, type Broker, type Outbox } from '@manyhands/jetstream';
import { decode, encode, isManyhandsError, mailboxSubjects, ManyhandsError, retainedMs, ScheduleRan, scheduleSubjects, submitOf, type Schedule } from '@manyhands/proto';
import { dueRun } from './due-run.ts';

export interface DueMessage {
  storedAtMs: number;
  nextDue?: string;
}

export class ScheduleRuns {
  readonly #broker: Broker;
  readonly #outbox: Outbox;
  readonly #retentionMs: number;
  readonly #room: Room;

  constructor(broker: Broker, outbox: Outbox, retentionHours: number, room = new Room(broker)) {
    this.#broker = broker;
    this.#outbox = outbox;
    this.#retentionMs = retainedMs(retentionHours);
    this.#room = room;
  }

  /** Resolves with the id of the job once it is stored; undefined when this run has been had, or its schedule was deleted. */
  async run(schedule: Schedule, { storedAtMs, nextDue }: DueMessage): Promise<string | undefined> {
    const { tenant, schedule_id: scheduleId } = schedule;
    const { occurrence, dueAtMs, jobId, nextAtMs } = dueRun(schedule, nextDue, storedAtMs);
    const subject = scheduleSubjects.ran(tenant, scheduleId);
    const last = await lastStored(this.#broker, 'schedules', subject);
    if (last !== undefined && occurrenceOf(last.data) === occurrence) return undefined;
    const gone = scheduleSubjects.gone(scheduleId);
    if ((await lastStored(this.#broker, 'schedules', gone)) !== undefined) {
      await purgeStored(this.#broker, 'schedules', scheduleSubjects.due(tenant, scheduleId));
      return undefined;
    }
    const data = encode(submitOf(schedule, jobId, new Date(storedAtMs).toISOString()));
    const shortage = await this.#room.shortage(data.length);
    if (shortage !== undefined) throw new ManyhandsError('unavailable', `no room for the job of schedule ${scheduleId}: ${shortage}`);
    const [outcome] = await this.#outbox.publishAll([{ subject: mailboxSubjects.submit(jobId), data, expectLastSubjectSequence: 0 }]);
    const ran: ScheduleRan = { v: 1, type: 'ScheduleRan', schedule, occurrence, due_at: new Date(dueAtMs).toISOString(), job_id: jobId };
    // Outlives the next run, which replaces it; a schedule that is deleted meanwhile leaves nothing for ever.
    const ttlMs = this.#retentionMs + Math.max(0, (nextAtMs ?? 0) - Date.now());
    await storeUnless(this.#broker, 'schedules', { subject, data: encode(ran), ttlMs, unless: gone });
    // What repeats is replaced by its next run.
    if (nextAtMs === undefined) await purgeStored(this.#broker, 'schedules', scheduleSubjects.due(tenant, scheduleId));
    return outcome === 'stored' ? jobId : undefined;
  }
}

/** A note of a release that wrote it differently says nothing; the job's mailbox still does. */
function occurrenceOf(ran: Uint8Array): string | undefined {
  try {
    return decode(ScheduleRan, ran).occurrence;
  } catch (error) {
    if (isManyhandsError(error, 'undecodable')) return undefined;
    throw error;
  }
}
