/**
 * Looks after what should be impossible: a job that is to run, and for which nothing is under way.
 *
 *   under way ──lease, merge and timer all gone, and nothing of it waits in its mailbox: twice in a row──▶ lost ──rebuilt──▶ under way
 *
 * Always true of a running job: each lease it counts on is in WORK or answered, or its timer is set. Who makes it untrue is outside (a purged WORK, a timer removed by hand) or a
 * bug of ours; either way the job would wait for ever. Found jobs are rebuilt from what is stored, counted and told. It must find nothing otherwise: what it does is
 * repeatable, but costs a second run of what was handed out.
 *
 * Reads WORK, TIMERS, MAILBOX and the views, each by its subjects or for one job; publishes `TimerDue` for jobs that are not in memory, which brings them there.
 */
import { lastStored, storedCounts, storedSubjects, type Broker, type Bucket, type Outbox } from '@manyhands/jetstream';
import type { Logger } from '@manyhands/observe';
import { decode, encode, isFinal, keys, mailboxSubjects, parseMailboxSubject, parseWorkSubject, SubmitJob, timerSubjects, withoutField, workSubjects, type JobStatus, type TimerDue } from '@manyhands/proto';
import type { JobState } from '../job/state.ts';
import type { JobCounts } from './job-counts.ts';
import type { JobRuntime } from './job-runtime.ts';

const SWEEP_EVERY_MS = 7_500;
/** Jobs that are not in memory are looked for in every so many sweeps. */
const ABSENT_EVERY = 2;
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
  #sweeping: NodeJS.Timeout | undefined;
  #sweeps = 0;
  /** Found by the last sweep: jobs in memory with the state they had, and jobs that are not. */
  #suspects: ReadonlyMap<string, JobState> = new Map();
  #absent: ReadonlySet<string> = new Set();
  /** Rings of jobs that are found again and again. */
  #rings: ReadonlyMap<string, number> = new Map();

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
    const { broker, runtime } = this.#parts;
    // First what is believed, then what is: a lease that came in between is no matter.
    const states = [...runtime.states()].flatMap((one) => (one.state === null ? [] : [{ ...one, state: one.state }]));
    const inWork = leasesByJob(await storedCounts(broker, 'work', workSubjects.all));
    const suspects = states.filter(({ actorId, state, acting }) => !acting && lacksLeases(state, inWork.get(actorId) ?? 0));
    let rebuilt = 0;
    for (const { partition, actorId, state, sequence } of suspects) {
      if (this.#suspects.get(actorId) !== state || !(await this.#isAllTaken(actorId, sequence)) || (outstandingOf(state) === 0 && (await this.#hasTimer(actorId)))) continue;
      this.#tell(actorId);
      await runtime.rebuild(partition, actorId);
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
    const found = new Set<string>();
    for (const partition of this.#parts.quietPartitions()) {
      const { subjects } = await storedSubjects(this.#parts.broker, 'mailbox', mailboxSubjects.submitsOf(partition));
      for (const subject of subjects) {
        const jobId = parseMailboxSubject(subject)?.jobId;
        if (jobId !== undefined && !present.has(jobId) && !inWork.has(jobId) && (await this.#isToRun(jobId)) && !(await this.#hasTimer(jobId))) found.add(jobId);
      }
    }
    const again = [...found].filter((jobId) => this.#absent.has(jobId) && (this.#rings.get(jobId) ?? 0) < RINGS_MAX);
    this.#absent = found;
    const ringsOf = (jobId: string): number => (this.#rings.get(jobId) ?? 0) + (again.includes(jobId) ? 1 : 0);
    this.#rings = new Map([...found].map((jobId) => [jobId, ringsOf(jobId)]));
    for (const jobId of again) this.#tell(jobId);
    await this.#ringAll(again);
    return again.length;
  }

  #presentJobs(): Set<string> {
    const { runtime } = this.#parts;
    return new Set([...[...runtime.states()].map(({ actorId }) => actorId), ...runtime.parked().map(({ actorId }) => actorId)]);
  }

  /** As far as anybody was told. */
  async #isToRun(jobId: string): Promise<boolean> {
    const { broker, jobs } = this.#parts;
    const submitted = await lastStored(broker, 'mailbox', mailboxSubjects.submit(jobId));
    if (submitted === undefined) return false;
    try {
      const { tenant } = decode(SubmitJob, submitted.data);
      const view = await jobs.get(keys.job(tenant, jobId));
      return view?.value === undefined || isUnfinished(view.value);
    } catch {
      // What cannot be read was set aside.
      return false;
    }
  }

  /** Whether the state includes all that is stored for the job. */
  async #isAllTaken(jobId: string, sequence: number): Promise<boolean> {
    const newest = await lastStored(this.#parts.broker, 'mailbox', mailboxSubjects.ofJob(jobId));
    return newest === undefined || newest.sequence <= sequence;
  }

  async #hasTimer(jobId: string): Promise<boolean> {
    return (await storedCounts(this.#parts.broker, 'timers', timerSubjects.set(jobId, 'retry'))).size > 0;
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
    const { counts, log, lost } = this.#parts;
    lost.add(jobId);
    counts.rebuilt += 1;
    log.warn({ job: jobId, step: 'lease' }, 'nothing was under way for this job though it is to run; it was rebuilt from what is stored');
  }

  async #trySweep(): Promise<void> {
    try {
      await this.sweep();
    } catch (error) {
      this.#parts.log.debug({ err: error }, 'could not look for jobs of which nothing is under way; it is tried again');
    }
  }
}

/** Whether a job that is to run counts on something that is not in WORK, or on nothing at all. */
export function lacksLeases(job: JobState, inWork: number): boolean {
  if (isFinal(job.status) || job.status === 'paused') return false;
  const outstanding = outstandingOf(job);
  return outstanding === 0 || inWork < outstanding;
}

/** Also where the view cannot be read: a turn of its job writes it anew. */
function isUnfinished(view: Uint8Array): boolean {
  try {
    const { status } = JSON.parse(withoutField(new TextDecoder().decode(view), 'result').rest) as { status: JobStatus };
    return status !== 'paused' && !isFinal(status);
  } catch {
    return true;
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
