/**
 * Keeps the caller's schedules: stores, finds, pauses, resumes and removes them. The server holds the time; the coordinator makes the jobs.
 *
 *   scheduled ◀──resume── paused
 *       └─────pause─────▶            either ──remove──▶ gone      scheduled ──ran once──▶ done
 *
 * Always true: a schedule is one message, so it is wholly in one state; it is replaced only over the sequence it was read at. A paused one is the same
 * message without the server's schedule header. A removed one leaves a mark for a day: while it is there, a run that was under way meanwhile stores nothing more.
 * What another release stored and this one cannot read is left out of lists; it can be deleted.
 *
 * Throws `unavailable` while NATS is away, 429 and 503 at the limits.
 */
import { Inject, Injectable } from '@nestjs/common';
import { lastStored, purgeStored, storedSubjects, type Broker, type MessageSchedule, type OutgoingMessage, type StoredMessage } from '@manyhands/jetstream';
import { decode, encode, isManyhandsError, limitBytes, limits, LOADS, parseCron, Schedule, ScheduleId, ScheduleRan, scheduleSubjects, type ScheduleView } from '@manyhands/proto';
import { BrokerLink } from '../bus/broker-link.ts';
import { withDeadline } from '../bus/deadline.ts';
import { CONFIG, type GatewayConfig } from '../config.ts';
import { Storage } from '../bus/storage.ts';
import { notFound, Problem, unavailable } from '../edge/problem.ts';
import { scheduleView } from './schedule-view.ts';

export interface SchedulePage {
  schedules: ScheduleView[];
  next_cursor: string | null;
}

const late = 'NATS does not answer in time; try again in a few seconds, repeating is safe.';
/** Times a schedule may change under our hands before the caller is asked to try again. */
const triesMax = 5;
/** Milliseconds for which a removed schedule is known to be: far longer than a run may be under way. */
const goneKeptMs = 24 * 3_600_000;

@Injectable()
export class JobSchedules {
  #storing: Promise<unknown> = Promise.resolve();

  constructor(
    @Inject(BrokerLink) private readonly link: BrokerLink,
    @Inject(Storage) private readonly storage: Storage,
    @Inject(CONFIG) private readonly config: Pick<GatewayConfig, 'storageGb'>,
  ) {}

  /** Stores a new schedule. Repeating it changes nothing while the schedule is there. */
  async store(schedule: Schedule): Promise<void> {
    // One after the other, so that a burst cannot pass the limit together.
    const stored = this.#storing.catch(() => undefined).then(() => this.#store(schedule));
    this.#storing = stored;
    const unsure = `The schedule may or may not be stored: ask GET /v1/schedules/${schedule.schedule_id} before you send it again.`;
    await withDeadline(stored, () => unavailable(`${this.storage.whyLate()} ${unsure}`, 3));
  }

  /** Newest first. `cursor` is the last schedule of the page before. */
  async page(tenant: string, { limit, cursor }: { limit: number; cursor: string | undefined }): Promise<SchedulePage> {
    const { broker } = this.link.bus();
    return withDeadline(this.#page(broker, tenant, limit, cursor), late, 5_000);
  }

  /** Throws 404. */
  async load(tenant: string, scheduleId: string): Promise<ScheduleView> {
    const { broker } = this.link.bus();
    if (!ScheduleId.safeParse(scheduleId).success) throw scheduleNotFound();
    const view = await withDeadline(this.#read(broker, tenant, scheduleId), late);
    if (view === 'unreadable') throw unreadable();
    return found(view);
  }

  /** Repeating is safe. Throws 404, and 409 for one that is done. */
  async turn(tenant: string, scheduleId: string, status: Schedule['status']): Promise<ScheduleView> {
    const before = await this.load(tenant, scheduleId);
    if (before.status === 'done') throw new Problem(409, 'The schedule has run and will not run again.');
    await withDeadline(this.#turn(tenant, scheduleId, status), late, 5_000);
    return this.load(tenant, scheduleId);
  }

  /** Throws 404 when there was nothing. Jobs it made go on. */
  async remove(tenant: string, scheduleId: string): Promise<void> {
    const { broker } = this.link.bus();
    if (!ScheduleId.safeParse(scheduleId).success) throw scheduleNotFound();
    if (!(await withDeadline(this.#remove(broker, tenant, scheduleId), late))) throw scheduleNotFound();
  }

  /** Whether there was anything. Purged again behind the mark: a run may have noted itself before it. */
  async #remove(broker: Broker, tenant: string, scheduleId: string): Promise<boolean> {
    const all = scheduleSubjects.ofSchedule(tenant, scheduleId);
    if ((await purgeStored(broker, 'schedules', all)) === 0) return false;
    await this.link.bus().outbox.publishAll([{ subject: scheduleSubjects.gone(scheduleId), data: encode({ v: 1, type: 'ScheduleGone', schedule_id: scheduleId, tenant }), ttlMs: goneKeptMs }]);
    await purgeStored(broker, 'schedules', all);
    return true;
  }

  async #store(schedule: Schedule): Promise<void> {
    const { broker, outbox } = this.link.bus();
    const [{ subjects, streamBytes }, gone] = await Promise.all([
      storedSubjects(broker, 'schedules', scheduleSubjects.timersOf(schedule.tenant)),
      lastStored(broker, 'schedules', scheduleSubjects.gone(schedule.schedule_id)),
    ]);
    // A repeat of the request that made it: what was deleted since stays deleted.
    if (gone !== undefined) return;
    if (subjects.includes(scheduleSubjects.timer(schedule.tenant, schedule.schedule_id))) return;
    if (subjects.length >= limits.schedulesMax) {
      throw new Problem(429, `You have ${subjects.length} schedules, and ${limits.schedulesMax} is the limit; delete some at /v1/schedules first.`, 60);
    }
    if (streamBytes >= Math.min(limits.scheduleBytesMax, limitBytes(LOADS.schedules, this.config.storageGb) / 4)) {
      throw unavailable('The schedule was not stored because the system holds too many: delete some, or raise MANYHANDS_STORAGE_GB.', 60);
    }
    await outbox.publishAll([{ ...message(schedule), expectLastSubjectSequence: 0 }]);
  }

  async #page(broker: Broker, tenant: string, limit: number, cursor: string | undefined): Promise<SchedulePage> {
    const { subjects } = await storedSubjects(broker, 'schedules', scheduleSubjects.ofSchedule(tenant, '*'));
    const ids = [...new Set(subjects.map((subject) => subject.slice(subject.lastIndexOf('.') + 1)))].sort().reverse();
    const after = cursor === undefined ? ids : ids.filter((id) => id < cursor);
    const chosen = after.slice(0, limit);
    const views = await Promise.all(chosen.map((id) => this.#read(broker, tenant, id)));
    return { schedules: views.filter((view) => view !== undefined && view !== 'unreadable'), next_cursor: after.length > limit ? chosen.at(-1)! : null };
  }

  async #read(broker: Broker, tenant: string, scheduleId: string): Promise<ScheduleView | 'unreadable' | undefined> {
    const last = (subject: string): Promise<StoredMessage | undefined> => lastStored(broker, 'schedules', subject);
    // In the order in which a run moves on, so that it is seen in at least one place.
    const timer = await last(scheduleSubjects.timer(tenant, scheduleId));
    const due = timer ?? (await last(scheduleSubjects.due(tenant, scheduleId)));
    const ran = await last(scheduleSubjects.ran(tenant, scheduleId));
    return readable(() =>
      scheduleView(
        { ...(timer && { timer: decode(Schedule, timer.data) }), ...(due && { due: decode(Schedule, due.data) }), ...(ran && { ran: decode(ScheduleRan, ran.data) }) },
        Date.now(),
      ),
    );
  }

  async #turn(tenant: string, scheduleId: string, status: Schedule['status']): Promise<void> {
    const { broker, outbox } = this.link.bus();
    for (let tries = 0; tries < triesMax; tries += 1) {
      const stored = await lastStored(broker, 'schedules', scheduleSubjects.timer(tenant, scheduleId));
      // It has just become due, or was just removed: the caller reads which.
      if (stored === undefined) return;
      const schedule = readable(() => decode(Schedule, stored.data));
      if (schedule === 'unreadable') throw unreadable();
      if (schedule.status === status) return;
      const [outcome] = await outbox.publishAll([{ ...message({ ...schedule, status }), expectLastSubjectSequence: stored.sequence }]);
      if (outcome !== 'exists') return;
    }
    throw unavailable('The schedule changes too fast; try again.', 1);
  }
}

/** What another release stored may be laid out in another way, or hold a cron expression this one does not know. */
function readable<T>(read: () => T): T | 'unreadable' {
  try {
    return read();
  } catch (error) {
    if (isManyhandsError(error, 'undecodable') || isManyhandsError(error, 'bad_request')) return 'unreadable';
    throw error;
  }
}

function unreadable(): Problem {
  return new Problem(409, 'The schedule was stored by another release, and this one cannot read it. Delete it and make it anew, or start that release.');
}

/** The one message a schedule is. */
function message(schedule: Schedule): OutgoingMessage {
  const { tenant, schedule_id: id, status } = schedule;
  return { subject: scheduleSubjects.timer(tenant, id), data: encode(schedule), ...(status === 'scheduled' && { schedule: heldByServer(schedule) }) };
}

function heldByServer({ tenant, schedule_id: id, cron, time_zone, run_at }: Schedule): MessageSchedule {
  const target = scheduleSubjects.due(tenant, id);
  return cron === null ? { target, at: new Date(run_at!) } : { target, cron: parseCron(cron).serverForm, timeZone: time_zone ?? 'UTC' };
}

function found(view: ScheduleView | undefined): ScheduleView {
  if (view === undefined) throw scheduleNotFound();
  return view;
}

function scheduleNotFound(): Problem {
  return notFound('Schedule not found.');
}
