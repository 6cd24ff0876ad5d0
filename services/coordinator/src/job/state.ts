/**
 * What a job actor remembers, and the moves its status may make.
 *
 *   pending ──lease──▶ running ──complete──▶ completed
 *      │                ⇅   ├─────fail──────▶ failed
 *      │             paused └────cancel─────▶ cancelled      (paused ends like running)
 *      └──fail──▶ failed, ──cancel──▶ cancelled              (docs/states.md)
 *
 * Invariant: every chunk is in exactly one of `done`, `dead`, `waiting` and `leases` until the job is final, and in
 * `done` at most once forever; `assertWhole` checks the sum after every turn. A state never changes, and whatever happens to
 * a job, it is bounded.
 */
import {
  isFinal,
  type DeadChunk,
  type FailedRun,
  type JobStatus,
  type StoredRef,
  type SubmitJob,
  type WireError,
} from '@manyhands/proto';
import { ChunkSet } from './chunk-set.ts';
import type { HeldPartial } from './held.ts';
import { PACE_AT_START, type Pace } from '../scheduling/lease-size.ts';
import { lengthOf, type Span } from './spans.ts';
import { NO_TIMING, type Timing } from './timing/timing.ts';
import { countWaiting, withGivenUp, type Waiting } from './waiting.ts';

/** A span of chunks handed out and not answered yet. */
export interface OutstandingLease {
  id: string;
  span: Span;
  attempt: number;
  /** As its chunks waited (`WaitingChunks`). */
  leaseMax?: number;
  suspect?: true;
  /** When it was handed out, or found again, by the job's clock. Absent: never late. */
  sinceMs?: number;
  /** It was late and is leased twice. */
  copied?: true;
}

/** A merge handed out and not answered yet; its inputs stay in `partials` until it is. */
export interface OutstandingMerge {
  id: string;
  inputs: readonly string[];
  attempt: number;
}

/** The failed runs of the chunks of a span that are neither done nor dead. */
export interface FailedChunk {
  span: Span;
  runs: readonly FailedRun[];
  /** Their size as JSON. */
  bytes: number;
}

/** A dead letter that may have to be written once more. */
export interface YoungLetter {
  letter: DeadChunk;
  /** Its size as JSON. */
  bytes: number;
}

export interface JobState {
  submit: SubmitJob;
  status: JobStatus;
  /** When the broker stored the newest message folded in: the job's only clock. It goes back where the broker's does (`clock.ts`). */
  atMs: number;
  /** When the first lease was issued. */
  startedAtMs: number | null;
  finishedAtMs: number | null;
  /** Milliseconds in which it was running, up to `atMs`: neither paused nor over, nor without a slot for its kind. */
  workedMs: number;
  /** At some time since `atMs` there was no slot for its kind. */
  idle?: true;
  done: ChunkSet;
  /** Dead chunks. */
  dead: ChunkSet;
  waiting: Waiting;
  /** When the timer rings that was set last for waiting chunks; null when none is set. */
  timerAtMs: number | null;
  leases: readonly OutstandingLease[];
  partials: readonly HeldPartial[];
  merges: readonly OutstandingMerge[];
  /** Ids of merges that were not known when their one answer came, and could not be read: never issued again. */
  lostMerges: readonly string[];
  /** How often its leases were taken back: after that, a lease handed out again is not a duplicate. */
  issue: number;
  /** A lease was left out because another on its chunks was answered first: it may be in WORK for as long as its worker is given. */
  hasLosers?: true;
  /** How often it was requeued: attempts of this round begin at `round * ROUND_ATTEMPTS`. */
  round: number;
  /** Failed runs of chunks that are neither done nor dead, newest last. */
  failures: readonly FailedChunk[];
  /** Dead letters written in this round. */
  letterCount: number;
  /** The newest of them (`deaths.ts`). */
  letters: readonly YoungLetter[];
  pace: Pace;
  /** What `finish` of the task code made of all partials, which stay: a requeue goes on from them. */
  answer?: HeldPartial;
  /** The answer of a completed job: JSON text; null where there is none, and where it is `stored`. */
  result: string | null;
  stored?: StoredRef;
  error: WireError | null;
  /** Why the first dead chunk died. */
  firstDeath: WireError | null;
  /** Of the dead chunks those that a requeue of others left so; absent: none. */
  leftDead?: number;
  duplicateResults: number;
  retries: number;
  /** Chunks counted by each worker; of very many workers some are counted together. */
  workers: Readonly<Record<string, number>>;
  /** Whether there was a live slot for its kind when it planned last. */
  hasSlots: boolean;
  /** Where its time went. Absent in what an earlier release stored. */
  timing?: Timing;
}

/** A job just submitted; `pace` when one of its shape was measured before. */
export function submittedJob(submit: SubmitJob, atMs: number, pace: Pace = PACE_AT_START): JobState {
  return {
    submit,
    status: 'pending',
    atMs,
    startedAtMs: null,
    finishedAtMs: null,
    workedMs: 0,
    done: ChunkSet.NONE,
    dead: ChunkSet.NONE,
    waiting: submit.chunks === 0 ? [] : [{ attempt: 0, chunks: ChunkSet.of([[0, submit.chunks]]) }],
    timerAtMs: null,
    leases: [],
    partials: [],
    merges: [],
    lostMerges: [],
    issue: 0,
    round: 0,
    failures: [],
    letterCount: 0,
    letters: [],
    pace,
    result: null,
    error: null,
    firstDeath: null,
    duplicateResults: 0,
    retries: 0,
    workers: {},
    hasSlots: false,
    timing: NO_TIMING,
  };
}

/** Every legal move; a final status has none. */
export const MOVES: Readonly<Record<JobStatus, readonly JobStatus[]>> = {
  pending: ['running', 'failed', 'cancelled'],
  running: ['paused', 'completed', 'failed', 'cancelled'],
  paused: ['running', 'completed', 'failed', 'cancelled'],
  completed: [],
  failed: [],
  cancelled: [],
};

/** The job in its new status. An illegal move is a programmer error and throws; entering a final status drops what was still to do. */
export function moved(job: JobState, status: JobStatus): JobState {
  if (!MOVES[job.status].includes(status)) throw new Error(`a ${job.status} job cannot become ${status}`);
  if (status === 'running') return { ...job, status, startedAtMs: job.startedAtMs ?? job.atMs };
  if (status === 'paused') return { ...withAllWaiting(job), status, issue: job.issue + 1 };
  // What was computed stays: a requeue goes on from there.
  const kept = status === 'cancelled' ? { partials: [] } : {};
  return {
    ...job,
    ...kept,
    status,
    finishedAtMs: Math.max(job.atMs, job.startedAtMs ?? 0),
    waiting: [],
    timerAtMs: null,
    leases: [],
    merges: [],
  };
}

/** Every lease is forgotten and its chunks wait again; a lease or a timer may still exist, which changes nothing. */
export function withAllWaiting(job: JobState): JobState {
  return { ...job, timerAtMs: null, leases: [], merges: [], waiting: withGivenUp(job.waiting, job.leases) };
}

export function pendingCount(job: JobState): number {
  return job.submit.chunks - job.done.size - job.dead.size;
}

/** `done + failed + pending = total`, with pending counted from what waits and what is leased. */
export function assertWhole(job: JobState): void {
  if (isFinal(job.status)) return;
  const waiting = countWaiting(job.waiting);
  const leased = job.leases.reduce((sum, { span }) => sum + lengthOf(span), 0);
  if (waiting + leased !== pendingCount(job)) {
    throw new Error(
      `job ${job.submit.job_id}: ${waiting} waiting + ${leased} leased chunks are not the ${pendingCount(job)} pending ones`,
    );
  }
}
