/**
 * Keeps the caller's schedules: stores, finds, pauses, resumes and removes them. The server holds the time; the coordinator makes the jobs.
 *
 *   scheduled ◀──resume── paused
 *       └─────pause─────▶            either ──remove──▶ gone      scheduled ──ran once──▶ done
 *
 * Invariant: a schedule is one message, so it is wholly in one state; it is replaced only over the sequence it was read at. Beside one that repeats its alarm rings for
 * the next run; it only wakes the coordinator, which looks at the schedule itself. A removed one leaves a mark for a day: while it is there, a run that was under way
 * meanwhile stores nothing more.
 * What another release stored and this one cannot read is left out of lists; it can be deleted.
 *
 * Throws `unavailable` while NATS is away, 429 and 503 at the limits.
 */
import { Inject, Injectable } from '@nestjs/common';
import { clockOf, lastStored, purgeStored, storedSubjects } from '@manyhands/broker';
import type { Broker, StoredMessage } from '@manyhands/nats';
import {
  decode,
  encode,
  isManyhandsError,
  limitBytes,
  limits,
  LOADS,
  Schedule,
  ScheduleId,
  ScheduleRan,
  scheduleSubjects,
  type ScheduleView,
} from '@manyhands/proto';
import { BrokerLink } from '../bus/broker-link.ts';
import { withDeadline } from '../bus/deadline.ts';
import { CONFIG, type GatewayConfig } from '../config.ts';
import { Storage } from '../bus/storage.ts';
import { Quotas } from '../limits/quotas.ts';
import { notFound, Problem, unavailable } from '../edge/problem.ts';
import { ALL_TENANTS } from '../identity/caller.ts';
import { ScheduleIntake, setAlarm } from './schedule-intake.ts';
import { heldMessage } from './schedule-message.ts';
import { scheduleView } from './schedule-view.ts';

export interface SchedulePage {
  schedules: (ScheduleView & { tenant?: string })[];
  next_cursor: string | null;
}

const late = 'NATS does not answer in time; try again in a few seconds, repeating is safe.';
/** Times a schedule may change under our hands before the caller is asked to try again. */
const triesMax = 5;
/** Milliseconds for which a removed schedule is known to be: far longer than a run may be under way. */
const goneKeptMs = 24 * 3_600_000;

@Injectable()
export class JobSchedules {
  readonly #intake: ScheduleIntake;

  constructor(
    @Inject(BrokerLink) private readonly link: BrokerLink,
    @Inject(Storage) private readonly storage: Storage,
    @Inject(CONFIG) config: Pick<GatewayConfig, 'storageGb'>,
    @Inject(Quotas) quotas: Quotas,
  ) {
    this.#intake = new ScheduleIntake({
      bus: () => this.link.bus(),
      schedulesMax: (tenant) => quotas.schedulesOf(tenant),
      bytesMax: () => Math.min(limits.scheduleBytesMax, limitBytes(LOADS.schedules, config.storageGb) / 4),
      whyLate: () => this.storage.whyLate(),
      unsure: ({ schedule_id: id }) =>
        unavailable(
          `${this.storage.whyLate()} The schedule may or may not be stored: read GET /v1/schedules/${id} before you send it again.`,
          3,
        ),
    });
  }

  /** Stores a new schedule. Repeating it changes nothing. */
  async store(schedule: Schedule, again = false): Promise<void> {
    this.link.bus();
    await this.#intake.store(schedule, again);
  }

  /** Newest first; of one tenant, or of all (`ALL_TENANTS`), and then each with its tenant. `cursor` is the last schedule of the page before. */
  async page(tenant: string, { limit, cursor }: { limit: number; cursor?: string | undefined }): Promise<SchedulePage> {
    const { broker } = this.link.bus();
    return withDeadline(this.#page(broker, tenant, limit, cursor), late);
  }

  /** Throws 404. */
  async load(tenant: string, scheduleId: string): Promise<ScheduleView> {
    return withDeadline(this.#load(tenant, scheduleId), late);
  }

  /** Repeating is safe. Throws 404, and 409 for one that is done. */
  async turn(tenant: string, scheduleId: string, status: Schedule['status']): Promise<ScheduleView> {
    return withDeadline(this.#loadTurned(tenant, scheduleId, status), late);
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
    await this.link.bus().outbox.publishAll([
      {
        subject: scheduleSubjects.gone(scheduleId),
        data: encode({ v: 1, type: 'ScheduleGone', schedule_id: scheduleId, tenant }),
        ttlMs: goneKeptMs,
      },
    ]);
    await purgeStored(broker, 'schedules', all);
    return true;
  }

  async #load(tenant: string, scheduleId: string): Promise<ScheduleView> {
    const { broker } = this.link.bus();
    if (!ScheduleId.safeParse(scheduleId).success) throw scheduleNotFound();
    const view = await this.#read(broker, tenant, scheduleId);
    if (view === 'unreadable') throw unreadable();
    return found(view);
  }

  async #loadTurned(tenant: string, scheduleId: string, status: Schedule['status']): Promise<ScheduleView> {
    const before = await this.#load(tenant, scheduleId);
    if (before.status === 'done') throw new Problem(409, 'The schedule has run and will not run again.');
    await this.#turn(tenant, scheduleId, status);
    return this.#load(tenant, scheduleId);
  }

  async #page(broker: Broker, tenant: string, limit: number, cursor: string | undefined): Promise<SchedulePage> {
    const isOfAll = tenant === ALL_TENANTS;
    const asked = isOfAll ? scheduleSubjects.all : scheduleSubjects.ofSchedule(tenant, '*');
    const [{ subjects }, halted] = await Promise.all([
      storedSubjects(broker, 'schedules', asked),
      storedSubjects(broker, 'schedules', scheduleSubjects.halted(isOfAll ? '*' : tenant)),
    ]);
    const isHalted = (owner: string): boolean => halted.subjects.includes(scheduleSubjects.halted(owner));
    const tenants = new Map(subjects.map((subject) => subject.split('.').slice(2).reverse() as [id: string, tenant: string]));
    const ids = [...tenants.keys()].sort().reverse();
    const after = cursor === undefined ? ids : ids.filter((id) => id < cursor);
    const chosen = after.slice(0, limit);
    const there = new Set(subjects);
    const views = await Promise.all(
      chosen.map(async (id) => {
        const owner = tenants.get(id)!;
        const view =
          (await this.#readAll(broker, owner, id, (subject) => there.has(subject), isHalted(owner))) ??
          (await this.#read(broker, owner, id));
        return typeof view === 'object' && isOfAll ? { ...view, tenant: owner } : view;
      }),
    );
    return {
      schedules: views.filter((view) => view !== undefined && view !== 'unreadable'),
      next_cursor: after.length > limit ? chosen.at(-1)! : null,
    };
  }

  async #read(broker: Broker, tenant: string, scheduleId: string): Promise<ScheduleView | 'unreadable' | undefined> {
    const last = (subject: string): Promise<StoredMessage | undefined> => lastStored(broker, 'schedules', subject);
    // In the order in which a run moves on, so that it is seen in at least one place.
    const timer = await last(scheduleSubjects.timer(tenant, scheduleId));
    const due = timer ?? (await last(scheduleSubjects.due(tenant, scheduleId)));
    const ran = await last(scheduleSubjects.ran(tenant, scheduleId));
    return viewIn(timer, due, ran, (await last(scheduleSubjects.halted(tenant))) !== undefined);
  }

  /** In one round trip, what was there of it a moment ago. Undefined when all of that has gone meanwhile. */
  async #readAll(
    broker: Broker,
    tenant: string,
    scheduleId: string,
    isThere: (subject: string) => boolean,
    isHalted: boolean,
  ): Promise<ScheduleView | 'unreadable' | undefined> {
    const last = (subject: string): Promise<StoredMessage | undefined> =>
      isThere(subject) ? lastStored(broker, 'schedules', subject) : Promise.resolve(undefined);
    const timerSubject = scheduleSubjects.timer(tenant, scheduleId);
    const [timer, due, ran] = await Promise.all([
      last(timerSubject),
      isThere(timerSubject) ? undefined : last(scheduleSubjects.due(tenant, scheduleId)),
      last(scheduleSubjects.ran(tenant, scheduleId)),
    ]);
    return viewIn(timer, due, ran, isHalted);
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
      const turned: Schedule = { ...schedule, status };
      const [outcome] = await outbox.publishAll([{ ...heldMessage(turned), expectLastSubjectSequence: stored.sequence }]);
      if (outcome === 'exists') continue;
      if (status === 'scheduled') return setAlarm(broker, turned, await clockOf(broker, 'schedules'));
      await purgeStored(broker, 'schedules', scheduleSubjects.alarm(tenant, scheduleId));
      return;
    }
    throw unavailable('The schedule was changed at the same time; try again.', 1);
  }
}

function viewIn(
  timer: StoredMessage | undefined,
  due: StoredMessage | undefined,
  ran: StoredMessage | undefined,
  isHalted: boolean,
): ScheduleView | 'unreadable' | undefined {
  return readable(() =>
    scheduleView(
      {
        ...(timer && { timer: decode(Schedule, timer.data) }),
        ...(due && { due: decode(Schedule, due.data) }),
        ...(ran && { ran: decode(ScheduleRan, ran.data) }),
        isHalted,
      },
      Date.now(),
    ),
  );
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
  return new Problem(
    409,
    'The schedule was stored by another release, and this one cannot read it. Delete it and create it again, or start that release.',
  );
}

function found(view: ScheduleView | undefined): ScheduleView {
  if (view === undefined) throw scheduleNotFound();
  return view;
}

function scheduleNotFound(): Problem {
  return notFound('Schedule not found.');
}
