/**
 * Keeps the caller's schedules: stores, finds, pauses, resumes and removes them. The server holds the time; the coordinator makes the jobs.
 *
 *   scheduled ◀──resume── paused
 *       └─────pause─────▶            either ──remove──▶ gone      scheduled ──ran once──▶ done
 *
 * Always true: a schedule is one message, so it is wholly in one state; it is replaced only over the sequence it was read at. A paused one is the same
 * message without the server's schedule header.
 *
 * Throws `unavailable` while NATS is away, 429 and 503 at the limits.
 */
import { Inject, Injectable } from '@nestjs/common';
import { lastStored, purgeStored, storedSubjects, type Broker, type MessageSchedule, type OutgoingMessage, type StoredMessage } from '@manyhands/jetstream';
import { decode, encode, limitBytes, limits, LOADS, parseCron, Schedule, ScheduleId, ScheduleRan, scheduleSubjects, type ScheduleView } from '@manyhands/proto';
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
    return found(ScheduleId.safeParse(scheduleId).success ? await withDeadline(this.#read(broker, tenant, scheduleId), late) : undefined);
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
    const purged = await withDeadline(purgeStored(broker, 'schedules', scheduleSubjects.ofSchedule(tenant, scheduleId)), late);
    if (purged === 0) throw scheduleNotFound();
  }

  async #store(schedule: Schedule): Promise<void> {
    const { broker, outbox } = this.link.bus();
    const { subjects, streamBytes } = await storedSubjects(broker, 'schedules', scheduleSubjects.timersOf(schedule.tenant));
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
    return { schedules: views.filter((view) => view !== undefined), next_cursor: after.length > limit ? chosen.at(-1)! : null };
  }

  async #read(broker: Broker, tenant: string, scheduleId: string): Promise<ScheduleView | undefined> {
    const last = (subject: string): Promise<StoredMessage | undefined> => lastStored(broker, 'schedules', subject);
    // In the order in which a run moves on, so that it is seen in at least one place.
    const timer = await last(scheduleSubjects.timer(tenant, scheduleId));
    const due = timer ?? (await last(scheduleSubjects.due(tenant, scheduleId)));
    const ran = await last(scheduleSubjects.ran(tenant, scheduleId));
    return scheduleView(
      { ...(timer && { timer: decode(Schedule, timer.data) }), ...(due && { due: decode(Schedule, due.data) }), ...(ran && { ran: decode(ScheduleRan, ran.data) }) },
      Date.now(),
    );
  }

  async #turn(tenant: string, scheduleId: string, status: Schedule['status']): Promise<void> {
    const { broker, outbox } = this.link.bus();
    for (let tries = 0; tries < triesMax; tries += 1) {
      const stored = await lastStored(broker, 'schedules', scheduleSubjects.timer(tenant, scheduleId));
      // It has just become due, or was just removed: the caller reads which.
      if (stored === undefined) return;
      const schedule = decode(Schedule, stored.data);
      if (schedule.status === status) return;
      const [outcome] = await outbox.publishAll([{ ...message({ ...schedule, status }), expectLastSubjectSequence: stored.sequence }]);
      if (outcome !== 'exists') return;
    }
    throw unavailable('The schedule changes too fast; try again.', 1);
  }
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
