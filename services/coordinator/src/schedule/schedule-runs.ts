/**
 * Step schedule: makes a job of each run that is due, and sets the alarm for the run after it.
 *
 *   due ──job stored──▶ submitted ──noted──▶ ran ──repeats──▶ alarm set for the next tick from now (then the caller acknowledges)
 *
 * Invariant: one run makes one job, however often it comes. The job's id is made from the run and its mailbox must be empty; and once the mailbox
 * may have been emptied again (retention), the note of the newest run still states that it was had. A schedule that was deleted makes no job, and neither the note nor the
 * next alarm of a run under way meanwhile is stored: the server decides that in one step with the mark of its removal. One that is paused makes no job either, and none of an
 * account that is disabled does: a run that comes once stays due, for the gateway that enables the account.
 * Of ticks that were missed one is made up for, because the next alarm is set from now on.
 *
 * Reads and publishes in SCHEDULES, publishes `SubmitJob`. Throws `unavailable` while there is no room for what a job needs; then the run comes again.
 */
import { clockOf, lastStored, purgeStored, Room, storeUnless } from '@manyhands/broker';
import type { Broker, Outbox } from '@manyhands/nats';
import {
  alarmAfter,
  encode,
  mailboxSubjects,
  ManyhandsError,
  retainedMs,
  Schedule,
  scheduleSubjects,
  submitOf,
  type ScheduleAlarm,
  type ScheduleRan,
} from '@manyhands/proto';
import { dueRun, type DueRun } from './due-run.ts';
import { readRan, readSchedule } from './stored-schedule.ts';

export interface DueMessage {
  storedAtMs: number;
  nextDue?: string;
}

/** A message that was stored so long ago by our own clock states nothing of the server's time now. */
const promptMs = 2_000;

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

  /** Resolves with the id of the job once it is stored; undefined when this run has been had, or its schedule was deleted, paused or halted. */
  async run(schedule: Schedule, message: DueMessage): Promise<string | undefined> {
    const { tenant, schedule_id: scheduleId, due_at: dueAt } = schedule;
    const [timer, ran, gone, halted] = await Promise.all([
      lastStored(this.#broker, 'schedules', scheduleSubjects.timer(tenant, scheduleId)),
      lastStored(this.#broker, 'schedules', scheduleSubjects.ran(tenant, scheduleId)),
      lastStored(this.#broker, 'schedules', scheduleSubjects.gone(scheduleId)),
      lastStored(this.#broker, 'schedules', scheduleSubjects.halted(tenant)),
    ]);
    // What the alarm of one that was deleted stored leaves with it.
    if (gone !== undefined || (dueAt !== undefined && timer === undefined))
      return void (await purgeStored(this.#broker, 'schedules', scheduleSubjects.due(tenant, scheduleId)));
    const kept = dueAt === undefined ? schedule : ((timer && readSchedule(timer.data)) ?? schedule);
    if (dueAt !== undefined && kept.status === 'paused') return undefined;
    const run = dueRun({ ...kept, ...(dueAt !== undefined && { due_at: dueAt }) }, message.nextDue, message.storedAtMs);
    const alarm =
      dueAt === undefined ? undefined : alarmAfter(kept, Math.max(run.dueAtMs, await this.#nowMs(message.storedAtMs)));
    const isMade = halted === undefined && !wasHad(run, ran && readRan(ran.data), dueAt !== undefined);
    const jobId = !isMade ? undefined : await this.#made(kept, run, message.storedAtMs);
    if (alarm !== undefined) await setAlarm(this.#broker, alarm);
    return jobId;
  }

  async #made(
    schedule: Schedule,
    { occurrence, dueAtMs, jobId, nextAtMs }: DueRun,
    storedAtMs: number,
  ): Promise<string | undefined> {
    const { tenant, schedule_id: scheduleId } = schedule;
    const data = encode(submitOf(schedule, jobId, new Date(storedAtMs).toISOString()));
    const shortage = await this.#room.shortage(data.length);
    if (shortage !== undefined)
      throw new ManyhandsError('unavailable', `no room for the job of schedule ${scheduleId}: ${shortage}`);
    const [outcome] = await this.#outbox.publishAll([
      { subject: mailboxSubjects.submit(jobId), data, expectLastSubjectSequence: 0 },
    ]);
    const { due_at: _dueAt, ...kept } = schedule;
    const ran: ScheduleRan = {
      v: 1,
      type: 'ScheduleRan',
      schedule: kept,
      occurrence,
      due_at: new Date(dueAtMs).toISOString(),
      job_id: jobId,
    };
    // Outlives the next run, which replaces it; a schedule that is deleted meanwhile leaves nothing forever.
    const ttlMs = this.#retentionMs + Math.max(0, (nextAtMs ?? 0) - Date.now());
    await storeUnless(this.#broker, 'schedules', {
      subject: scheduleSubjects.ran(tenant, scheduleId),
      data: encode(ran),
      ttlMs,
      unless: scheduleSubjects.gone(scheduleId),
    });
    // What repeats is replaced by its next run.
    if (nextAtMs === undefined) await purgeStored(this.#broker, 'schedules', scheduleSubjects.due(tenant, scheduleId));
    return outcome === 'stored' ? jobId : undefined;
  }

  /** By the server's clock: ours may be wrong, and would have ticks left out. */
  async #nowMs(storedAtMs: number): Promise<number> {
    return Math.abs(Date.now() - storedAtMs) < promptMs ? storedAtMs : clockOf(this.#broker, 'schedules');
  }
}

/** Alarms are due one after the other, so a run before the newest is an old one that was delivered late. */
function wasHad({ occurrence, dueAtMs }: DueRun, newest: ScheduleRan | undefined, rung: boolean): boolean {
  return newest !== undefined && (newest.occurrence === occurrence || (rung && Date.parse(newest.due_at) >= dueAtMs));
}

/** Unless the schedule was deleted. */
export async function setAlarm(broker: Broker, { subject, due, target, atMs }: ScheduleAlarm): Promise<void> {
  await storeUnless(broker, 'schedules', {
    subject,
    data: encode(due),
    schedule: { target, at: new Date(atMs) },
    unless: scheduleSubjects.gone(due.schedule_id),
  });
}
