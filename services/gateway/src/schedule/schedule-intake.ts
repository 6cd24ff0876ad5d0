/**
 * Stores new schedules, as many at a time as wait.
 *
 *   waiting ──its batch begins──▶ being stored ──▶ stored        waiting ──a second passes──▶ refused, and surely not stored
 *
 * Invariant: batches are stored one after the other, so that a burst cannot pass the limit together; but a batch takes as long as one schedule, so those behind it wait
 * for two turns at most. One after the other, a burst of 300 at 20 ms from NATS waited for 12 s and was answered 503, though all were stored.
 */
import { lastStored, storedSubjects, storeUnless } from '@manyhands/broker';
import type { Broker, Outbox } from '@manyhands/nats';
import { alarmAfter, encode, scheduleSubjects, type Schedule } from '@manyhands/proto';
import { withDeadline } from '../bus/deadline.ts';
import { Problem, unavailable } from '../edge/problem.ts';
import { heldMessage } from './schedule-message.ts';

/** Schedules stored at a time. */
const BATCH_MAX = 100;
/** Milliseconds a schedule waits for its batch, and then for the server. */
const WAIT_MS = 1_000;
const STORE_MS = 750;

export interface IntakeParts {
  bus: () => { broker: Broker; outbox: Outbox };
  /** Schedules of one tenant. */
  schedulesMax: (tenant: string) => number;
  /** Bytes of all schedules together, over which new ones are refused. */
  bytesMax: () => number;
  /** Why nothing is stored in time, as a sentence. */
  whyLate: () => string;
  /** What a request is answered whose schedule may or may not be stored. */
  unsure: (schedule: Schedule) => Error;
}

interface Waiting {
  schedule: Schedule;
  again: boolean;
  /** Its batch begins. */
  begin(): void;
  resolve(): void;
  reject(error: unknown): void;
}

export class ScheduleIntake {
  readonly #parts: IntakeParts;
  #waiting: Waiting[] = [];
  #storing = false;
  /** When the batch began that is being stored. */
  #begunMs = 0;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
  }

  /** Repeating it (`again`) changes nothing, whether the schedule is there or was deleted meanwhile. Throws 429 and 503 at the limits. */
  async store(schedule: Schedule, again = false): Promise<void> {
    const stored = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const one: Waiting = { schedule, again, begin: begun.resolve, resolve: stored.resolve, reject: stored.reject };
    this.#waiting.push(one);
    if (!this.#storing) void this.#storeAll();
    await withDeadline(begun.promise, () => this.#refused(one), WAIT_MS);
    await withDeadline(stored.promise, () => this.#parts.unsure(schedule), STORE_MS);
  }

  #refused(one: Waiting): Error {
    this.#waiting = this.#waiting.filter((other) => other !== one);
    if (performance.now() - this.#begunMs > STORE_MS)
      return unavailable(`The schedule was not stored. ${this.#parts.whyLate()}`, 3);
    return new Problem(429, 'The schedule was not stored: too many came at once. Send it again.', 1);
  }

  async #storeAll(): Promise<void> {
    this.#storing = true;
    try {
      for (let batch = this.#next(); batch.length > 0; batch = this.#next()) {
        const byTenant = Map.groupBy(batch, ({ schedule }) => schedule.tenant);
        await Promise.all([...byTenant].map(([tenant, ones]) => this.#storeSome(tenant, ones)));
      }
    } finally {
      this.#storing = false;
    }
  }

  #next(): Waiting[] {
    const batch = this.#waiting.splice(0, BATCH_MAX);
    this.#begunMs = performance.now();
    for (const one of batch) one.begin();
    return batch;
  }

  /** Settles every one of them. */
  async #storeSome(tenant: string, ones: readonly Waiting[]): Promise<void> {
    try {
      const { broker } = this.#parts.bus();
      const [{ subjects, streamBytes, atMs }, gone] = await Promise.all([
        storedSubjects(broker, 'schedules', scheduleSubjects.timersOf(tenant)),
        Promise.all(
          ones.map(({ schedule, again }) =>
            again ? lastStored(broker, 'schedules', scheduleSubjects.gone(schedule.schedule_id)) : undefined,
          ),
        ),
      ]);
      const there = new Set(subjects);
      const schedulesMax = this.#parts.schedulesMax(tenant);
      const isFull = streamBytes >= this.#parts.bytesMax();
      const stored = ones.map(async (one, index) => {
        const subject = scheduleSubjects.timer(tenant, one.schedule.schedule_id);
        // A repeat of the request that made it: what was deleted since stays deleted.
        if (gone[index] !== undefined || there.has(subject)) return one.resolve();
        if (there.size >= schedulesMax)
          return one.reject(
            new Problem(
              429,
              `You have ${there.size} schedules, and ${schedulesMax} is the limit; delete some at /v1/schedules first.`,
              60,
            ),
          );
        if (isFull)
          return one.reject(
            unavailable(
              'The schedule was not stored because the system holds too many: delete some, or raise MANYHANDS_STORAGE_GB.',
              60,
            ),
          );
        there.add(subject);
        await this.#storeOne(one.schedule, atMs).then(one.resolve, one.reject);
      });
      await Promise.all(stored);
    } catch (error) {
      for (const { reject } of ones) reject(error);
    }
  }

  /** Where only the schedule is stored in the end, the coordinators set its alarm. */
  async #storeOne(schedule: Schedule, nowMs: number): Promise<void> {
    const { broker, outbox } = this.#parts.bus();
    await Promise.all([
      outbox.publishAll([{ ...heldMessage(schedule), expectLastSubjectSequence: 0 }]),
      setAlarm(broker, schedule, nowMs),
    ]);
  }
}

/** The alarm for the next run of a schedule that repeats, unless it was deleted. `nowMs` is the server's time: by that it rings. */
export async function setAlarm(broker: Broker, schedule: Schedule, nowMs: number): Promise<void> {
  const alarm = alarmAfter(schedule, nowMs);
  if (alarm === undefined) return;
  const { subject, due, target, atMs } = alarm;
  await storeUnless(broker, 'schedules', {
    subject,
    data: encode(due),
    schedule: { target, at: new Date(atMs) },
    unless: scheduleSubjects.gone(schedule.schedule_id),
  });
}
