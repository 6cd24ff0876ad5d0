/**
 * Looks after what should be impossible: a job that is to run, and for which nothing is under way.
 *
 *   under way ──lease, merge and timer all gone, and nothing of it waits in its mailbox: twice in a row──▶ lost ──rebuilt──▶ under way
 *
 * Invariant of a running job: each lease it counts on is in WORK or answered, or its timer is set. Who makes it untrue is outside (a purged WORK, a timer removed by hand) or a
 * bug of ours; either way the job would wait forever. Found jobs are rebuilt from what is stored, counted and logged. It must find nothing otherwise: what it does is
 * repeatable, but costs a second run of what was handed out.
 *
 * Reads WORK, TIMERS, MAILBOX and the views, each by its subjects or for one job; publishes `TimerDue` for jobs that are not in memory, which brings them there.
 */
import { clockOf, lastStored, storedCounts, storedKeys, storedSubjects } from '@manyhands/broker';
import type { Broker, Bucket, Outbox } from '@manyhands/nats';
import type { Logger } from '@manyhands/observe';
import {
  decode,
  ifReadable,
  encode,
  isFinal,
  JobId,
  keys,
  limits,
  mailboxSubjects,
  parseMailboxSubject,
  parseWorkSubject,
  partitionOf,
  TimerDue,
  timerSubjects,
  withoutField,
  workSubjects,
  type JobStatus,
} from '@manyhands/proto';
import { ASKED_DELAY_MS_MAX } from '../job/retry.ts';
import type { JobState } from '../job/state.ts';
import type { JobCounts } from './job-counts.ts';
import type { JobRuntime } from './job-runtime.ts';

const SWEEP_EVERY_MS = 7_500;
/** Jobs that are not in memory are looked for in every so many sweeps. */
const ABSENT_EVERY = 2;
/** Jobs whose views are read in one of those sweeps, taking turns: most of those that are not in memory have ended, and their mailboxes are not emptied yet. */
const LOOKED_AT_MAX = 500;
/** A job whose view stated its end is looked at again after so many of those sweeps: a minute. */
const ENDED_EVERY = 4;
/** By so much a timer may ring later than the longest delay: times are rounded up, and clocks differ. */
const TIMER_SLACK_MS = 15_000;
/** Jobs rung awake at once. */
const RUNG_MAX = 500;
/** A job that is not in memory is rung so often; if that brings nothing about, nothing will. */
const RINGS_MAX = 5;

export interface JobWatchParts {
  broker: Broker;
  outbox: Outbox;
  /** The opened bucket jobs. */
  jobs: Bucket;
  runtime: JobRuntime;
  /** Partitions that are this coordinator's, and in which nothing waits: what is stored there has been taken up. */
  quietPartitions: () => readonly string[];
  /** Jobs found are put here, for the recall. */
  lost: Set<string>;
  counts: JobCounts;
  log: Logger;
}

export class JobWatch {
  readonly #parts: JobWatchParts;
  /** The last job whose turn it was. */
  #lastLookedAt = '';
  #sweeping: NodeJS.Timeout | undefined;
  #sweeps = 0;
  /** Found by the last sweep: jobs in memory with the state they had, and jobs that are not. */
  #suspects: ReadonlyMap<string, JobState> = new Map();
  #absent: ReadonlySet<string> = new Set();
  /** Rings of jobs that are found again and again. */
  #rings: ReadonlyMap<string, number> = new Map();
  /** In which sweep the view of a job stated its end. */
  #ended: ReadonlyMap<string, number> = new Map();

  constructor(parts: JobWatchParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#sweeping = setInterval(() => void this.#trySweep(), SWEEP_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#sweeping);
  }

  /** Rebuilds what this sweep and the last one found alike; returns how many. */
  async sweep(): Promise<number> {
    const { broker, runtime, lost } = this.#parts;
    // First what is believed, then what is: a lease that came in between is no matter.
    const states = [...runtime.states()].flatMap((one) => (one.state === null ? [] : [{ ...one, state: one.state }]));
    const inWork = leasesByJob(await storedCounts(broker, 'work', workSubjects.all));
    const suspects = states.filter(({ actorId, state, acting }) => !acting && lacksLeases(state, inWork.get(actorId) ?? 0));
    let rebuilt = 0;
    for (const { partition, actorId, state, sequence } of suspects) {
      if (this.#suspects.get(actorId) !== state || !(await this.#isAllTaken(actorId, sequence))) continue;
      const timer = outstandingOf(state) === 0 ? await this.#timerOf(actorId, state) : 'none';
      // An owner that was replaced has its jobs in memory for as long as its last batch hangs: they are no business of its.
      if (timer === 'in time' || !runtime.holds(partition)) continue;
      lost.add(actorId);
      // A job learns from its messages alone what time it is.
      if (timer === 'late') await this.#ringAll([actorId]);
      else if (!(await runtime.rebuild(partition, actorId))) {
        lost.delete(actorId);
        continue;
      }
      this.#tell(actorId);
      rebuilt += 1;
    }
    this.#suspects = new Map(suspects.map(({ actorId, state }) => [actorId, state]));
    this.#sweeps += 1;
    if (this.#sweeps % ABSENT_EVERY === 0) rebuilt += await this.#sweepAbsent(inWork);
    return rebuilt;
  }

  /** Brings the jobs of a kind into memory that have leases in WORK and are not there, because slots came for them. */
  async ring(kind: string): Promise<void> {
    const inWork = leasesByJob(await storedCounts(this.#parts.broker, 'work', workSubjects.ofKind(kind)));
    const present = this.#presentJobs();
    await this.#ringAll([...inWork.keys()].filter((jobId) => !present.has(jobId)));
  }

  async #sweepAbsent(inWork: ReadonlyMap<string, number>): Promise<number> {
    const present = this.#presentJobs();
    const { submitted, saved } = await this.#storedJobs((jobId) => !present.has(jobId) && !inWork.has(jobId));
    const all = new Set([...submitted, ...saved]);
    const ended = new Map(
      [...this.#ended].filter(([jobId, sweep]) => all.has(jobId) && this.#sweeps < sweep + ENDED_EVERY * ABSENT_EVERY),
    );
    const found = new Set<string>();
    for (const jobId of this.#next(all, ended)) {
      const shown = await this.#shown(jobId, submitted.has(jobId));
      if (shown === 'ended') ended.set(jobId, this.#sweeps);
      if (shown === 'to run' && (await this.#timerOf(jobId)) !== 'in time') found.add(jobId);
    }
    this.#ended = ended;
    const again = [...found].filter((jobId) => this.#absent.has(jobId) && (this.#rings.get(jobId) ?? 0) < RINGS_MAX);
    this.#absent = found;
    const ringsOf = (jobId: string): number => (this.#rings.get(jobId) ?? 0) + (again.includes(jobId) ? 1 : 0);
    // Those that wait for their next try are not found, and have come no further.
    const parked = this.#parts.runtime.parked().filter(({ actorId }) => this.#rings.has(actorId));
    this.#rings = new Map([...found, ...parked.map(({ actorId }) => actorId)].map((jobId) => [jobId, ringsOf(jobId)]));
    for (const jobId of again) {
      this.#parts.lost.add(jobId);
      this.#tell(jobId);
      this.#parts.runtime.lookAgain(jobId);
    }
    await this.#ringAll(again);
    return again.length;
  }

  #presentJobs(): Set<string> {
    const { runtime } = this.#parts;
    return new Set([...[...runtime.states()].map(({ actorId }) => actorId), ...runtime.parked().map(({ actorId }) => actorId)]);
  }

  /**
   * Jobs of quiet partitions with a submission in their mailbox, and those with a saved state, whose mailbox may be empty since they ended once and run again. Those that ended
   * here are among them: what is stored of their ends may be gone.
   */
  async #storedJobs(isWanted: (jobId: string) => boolean): Promise<Record<'submitted' | 'saved', Set<string>>> {
    const { broker, quietPartitions } = this.#parts;
    const quiet = quietPartitions();
    const isOurs = (jobId: string): boolean => quiet.includes(partitionOf(jobId)) && isWanted(jobId);
    const submitted = new Set<string>();
    for (const partition of quiet) {
      const { subjects } = await storedSubjects(broker, 'mailbox', mailboxSubjects.submitsOf(partition));
      for (const subject of subjects) {
        const jobId = parseMailboxSubject(subject)?.jobId;
        if (jobId !== undefined && isOurs(jobId)) submitted.add(jobId);
      }
    }
    const keys = await storedKeys(broker, 'jobState');
    return { submitted, saved: new Set(keys.filter((jobId) => JobId.safeParse(jobId).success && isOurs(jobId))) };
  }

  /** Those that were found last time, and some more each time, taking turns. */
  #next(jobIds: ReadonlySet<string>, ended: ReadonlyMap<string, number>): string[] {
    const sorted = [...jobIds].filter((jobId) => !ended.has(jobId)).sort();
    const from = Math.max(
      0,
      sorted.findIndex((jobId) => jobId > this.#lastLookedAt),
    );
    const turn = [...sorted.slice(from), ...sorted.slice(0, from)].slice(0, LOOKED_AT_MAX);
    this.#lastLookedAt = turn.at(-1) ?? '';
    return [...new Set([...sorted.filter((jobId) => this.#absent.has(jobId)), ...turn])];
  }

  /** What clients were shown of it. `isSubmitted`: then a job that they were shown nothing of is to run, too. */
  async #shown(jobId: string, isSubmitted: boolean): Promise<'to run' | 'paused' | 'ended' | 'nothing'> {
    const view = (await this.#parts.jobs.get(keys.job('*', jobId)))?.value;
    if (view === undefined) return isSubmitted ? 'to run' : 'nothing';
    const status = statusIn(view);
    if (status === 'paused') return status;
    return status !== undefined && isFinal(status) ? 'ended' : 'to run';
  }

  /** Whether the state includes all that is stored for the job. */
  async #isAllTaken(jobId: string, sequence: number): Promise<boolean> {
    const newest = await lastStored(this.#parts.broker, 'mailbox', mailboxSubjects.ofJob(jobId));
    return newest === undefined || newest.sequence <= sequence;
  }

  /** `late`: the server's clock went back, so the timer would ring an hour late, or a day. */
  async #timerOf(jobId: string, job?: JobState): Promise<'none' | 'in time' | 'late'> {
    const { broker } = this.#parts;
    const timer = await lastStored(broker, 'timers', timerSubjects.set(jobId, 'retry'));
    if (timer === undefined) return 'none';
    return ringsInTime(timer.data, await clockOf(broker, 'timers'), job) ? 'in time' : 'late';
  }

  async #ringAll(jobIds: readonly string[]): Promise<void> {
    const rung = jobIds.slice(0, RUNG_MAX);
    if (rung.length === 0) return;
    await this.#parts.outbox.publishAll(
      rung.map((jobId) => ({
        subject: mailboxSubjects.timer(jobId, 'retry'),
        data: encode({ v: 1, type: 'TimerDue', job_id: jobId, timer: 'retry', at_ms: 0 } satisfies TimerDue),
      })),
    );
  }

  #tell(jobId: string): void {
    const { counts, log } = this.#parts;
    counts.rebuilt += 1;
    log.warn(
      { job: jobId, step: 'lease' },
      'this running job had no lease, no result and no timer; it is rebuilt from what is stored',
    );
  }

  async #trySweep(): Promise<void> {
    try {
      await this.sweep();
    } catch (error) {
      this.#parts.log.debug(
        { err: error },
        'running jobs without a lease, a result or a timer could not be read; the coordinator tries again',
      );
    }
  }
}

/** Whether a job that is to run counts on something that is not in WORK, or on nothing at all. */
function lacksLeases(job: JobState, inWork: number): boolean {
  if (isFinal(job.status) || job.status === 'paused') return false;
  const outstanding = outstandingOf(job);
  return outstanding === 0 || inWork < outstanding;
}

/**
 * Whether a timer that nothing but it is waited for rings within the longest time that chunks wait for their next run. Task code may ask for more: that is in time where `job`,
 * if it is in memory, set this timer, and the clock has not gone back since. Of others it is not known: the clock may have gone back before the timer was stored.
 */
function ringsInTime(timer: Uint8Array, nowMs: number, job: JobState | undefined): boolean {
  const due = ifReadable(() => decode(TimerDue, timer));
  if (due === undefined) return false;
  const isAsked = job?.timerAtMs === due.at_ms && job.atMs - nowMs <= TIMER_SLACK_MS;
  return due.at_ms - nowMs <= (isAsked ? ASKED_DELAY_MS_MAX : limits.retryDelayMsMax) + TIMER_SLACK_MS;
}

/** Undefined where the view cannot be read: a turn of its job writes it again. */
function statusIn(view: Uint8Array): JobStatus | undefined {
  try {
    return (JSON.parse(withoutField(new TextDecoder().decode(view), 'result').rest) as { status: JobStatus }).status;
  } catch {
    return undefined;
  }
}

function outstandingOf({ leases, merges }: JobState): number {
  return leases.length + merges.length;
}

function leasesByJob(bySubject: ReadonlyMap<string, number>): Map<string, number> {
  const byJob = new Map<string, number>();
  for (const [subject, count] of bySubject) {
    const jobId = parseWorkSubject(subject)?.jobId;
    if (jobId !== undefined) byJob.set(jobId, (byJob.get(jobId) ?? 0) + count);
  }
  return byJob;
}
