/**
 * Looks after the alarms: each schedule that repeats and is not paused has one, or a run of it is due.
 *
 *   alarm there ──rings, a run is due──▶ none, for a moment ──run had──▶ alarm there
 *   none, and no run is due ──▶ set for the first tick since its newest run, or since it was stored or resumed
 *
 * Invariant: a tick that passed meanwhile is made up for once, because an alarm in the past rings at once. Setting an alarm that is there changes nothing, so all
 * coordinators may look. What leaves a schedule without one: a process that died between two steps, an operator who removed it by hand, and earlier releases, whose
 * schedules carry the server's own cron; those are taken over. What is wrong with one schedule, such as a cron expression or a time zone that another release knows, is that
 * schedule's alone, and logged once.
 *
 * Reads the subjects of SCHEDULES, and of those without an alarm what is stored; publishes alarms.
 */
import { createOutbox, lastStored, storedSubjects } from '@manyhands/broker';
import { isPassing, type Broker, type Outbox } from '@manyhands/nats';
import type { Logger } from '@manyhands/observe';
import { alarmAfter, encode, isManyhandsError, scheduleSubjects, type Schedule } from '@manyhands/proto';
import { setAlarm } from './schedule-runs.ts';
import { readRan, readSchedule } from './stored-schedule.ts';

const SWEEP_EVERY_MS = 10_000;
/** What had good reason to be without an alarm is looked at again after so long. */
const AGAIN_AFTER_MS = 60_000;
/** Schedules looked at at a time. */
const LOOKS_MAX = 32;

interface Found {
  tenant: string;
  scheduleId: string;
}

export class ScheduleWatch {
  readonly #broker: Broker;
  readonly #outbox: Outbox;
  readonly #log: Logger;
  /** When each is to be looked at again. */
  #quietUntilMs = new Map<string, number>();
  /** Schedules of which it was logged that no alarm can be set. */
  readonly #said = new Set<string>();
  #sweeping: NodeJS.Timeout | undefined;
  #busy = false;
  #failing = false;

  constructor(broker: Broker, log: Logger, outbox = createOutbox(broker)) {
    this.#broker = broker;
    this.#outbox = outbox;
    this.#log = log;
  }

  /** Nest: once at the start, because no coordinator may have run for hours. */
  onApplicationBootstrap(): void {
    this.#sweeping = setInterval(() => void this.#trySweep(), SWEEP_EVERY_MS);
    void this.#trySweep();
  }

  /** Nest. */
  beforeApplicationShutdown(): void {
    clearInterval(this.#sweeping);
  }

  /** Returns how many alarms were set. Throws `unavailable`. */
  async sweep(nowMs = Date.now()): Promise<number> {
    const { subjects } = await storedSubjects(this.#broker, 'schedules', scheduleSubjects.all);
    const there = new Set(subjects);
    const without = subjects
      .map(timerIn)
      .filter((found) => found !== undefined && !there.has(scheduleSubjects.alarm(found.tenant, found.scheduleId))) as Found[];
    const still = new Set(without.map(({ scheduleId }) => scheduleId));
    for (const scheduleId of this.#said) if (!still.has(scheduleId)) this.#said.delete(scheduleId);
    this.#quietUntilMs = new Map(
      without.flatMap(({ scheduleId }) =>
        this.#quietUntilMs.has(scheduleId) ? [[scheduleId, this.#quietUntilMs.get(scheduleId)!]] : [],
      ),
    );
    const suspects = without.filter(({ scheduleId }) => (this.#quietUntilMs.get(scheduleId) ?? 0) <= nowMs);
    let set = 0;
    for (let from = 0; from < suspects.length; from += LOOKS_MAX) {
      const looked = await Promise.all(
        suspects
          .slice(from, from + LOOKS_MAX)
          .map((found) => this.#look(found).catch((error: unknown) => this.#passOver(found, error))),
      );
      for (const [index, outcome] of looked.entries()) {
        if (outcome === 'set') set += 1;
        else
          this.#quietUntilMs.set(
            suspects[from + index]!.scheduleId,
            outcome === 'needs none' ? Infinity : nowMs + AGAIN_AFTER_MS,
          );
      }
    }
    return set;
  }

  async #look({ tenant, scheduleId }: Found): Promise<'set' | 'needs none' | 'rests'> {
    const last = (subject: string) => lastStored(this.#broker, 'schedules', subject);
    const timer = await last(scheduleSubjects.timer(tenant, scheduleId));
    const schedule = timer && readSchedule(timer.data);
    if (timer === undefined || schedule === undefined) return 'rests';
    if (schedule.cron === null) return 'needs none';
    if (schedule.status === 'paused') return 'rests';
    const [due, ran] = await Promise.all([
      last(scheduleSubjects.due(tenant, scheduleId)),
      last(scheduleSubjects.ran(tenant, scheduleId)),
    ]);
    const ranAtMs = Date.parse((ran && readRan(ran.data)?.due_at) ?? '') || 0;
    const dueAt = due && readSchedule(due.data)?.due_at;
    // A run the server itself made of its own cron is had by the time it was stored.
    const hadMs = Math.max(timer.storedAtMs, ranAtMs, due !== undefined && dueAt === undefined ? due.storedAtMs : 0);
    const alarm = alarmAfter(schedule, hadMs);
    if (alarm === undefined || (dueAt !== undefined && Date.parse(dueAt) >= alarm.atMs)) return 'rests';
    await setAlarm(this.#broker, alarm);
    if (timer.isHeld) await this.#takeOver(schedule, timer.sequence);
    this.#log.info(`schedule ${scheduleId} had no alarm; its next alarm is set for ${alarm.due.due_at}`);
    return 'set';
  }

  /** One that fails by itself keeps no other from its alarm. */
  #passOver({ scheduleId }: Found, error: unknown): 'rests' {
    if (isPassing(error)) throw error;
    if (!this.#said.has(scheduleId))
      this.#log.warn(
        { err: error },
        `no alarm can be set for schedule ${scheduleId}, so it does not run; delete it and create it again`,
      );
    this.#said.add(scheduleId);
    return 'rests';
  }

  /** Stored again without the server's cron: from now on only its alarm rings. */
  async #takeOver(schedule: Schedule, sequence: number): Promise<void> {
    await this.#outbox.publishAll([
      {
        subject: scheduleSubjects.timer(schedule.tenant, schedule.schedule_id),
        data: encode(schedule),
        expectLastSubjectSequence: sequence,
      },
    ]);
  }

  async #trySweep(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      await this.sweep();
      this.#failing = false;
    } catch (error) {
      // While NATS is away every process logs that already.
      const isNews = !this.#failing && !isManyhandsError(error, 'unavailable');
      this.#log[isNews ? 'warn' : 'debug'](
        { err: error },
        'the alarms of schedules could not be checked; the coordinator tries again',
      );
      this.#failing ||= isNews;
    } finally {
      this.#busy = false;
    }
  }
}

function timerIn(subject: string): Found | undefined {
  const [, what, tenant = '', scheduleId = ''] = subject.split('.');
  return what === 'timer' ? { tenant, scheduleId } : undefined;
}
