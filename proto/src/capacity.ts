/**
 * How large each stream and bucket may grow: all of it follows from one stated rate. Pure.
 *
 * The rate: `CAPACITY.jobsPerSec` small jobs a second, around the clock, with everything about a job kept for 24 hours, in `CAPACITY.storageGb` in all. A
 * stream that holds what a job leaves is `jobsPerSec` × how long that stays × the bytes of it; `LOADS` states both. What does not grow with jobs
 * (heartbeats, kinds, schedules) has a size of its own. `MANYHANDS_STORAGE_GB` makes all of them larger or smaller in proportion, and the rate with them; a
 * longer retention needs more in the same proportion.
 *
 * Invariant: what holds up work when it is full (MAILBOX, WORK, TIMERS, `jobs`, `job_state`) refuses new jobs at `ROOM_SHARE` of its limit, so that those
 * accepted before have room to end; what is history (EVENTS, ADVISORIES, LOGS, ANSWERED) drops its oldest instead. docs/operations/capacity.md
 */
export const CAPACITY = { jobsPerSec: 10, storageGb: 17.5 } as const;

/** New jobs are refused above this part of a limit. */
export const ROOM_SHARE = 0.9;

const gib = 1024 ** 3;
const mib = 1024 ** 2;
const hours = (count: number): number => count * 3_600;
const days = (count: number): number => hours(24 * count);

/** What one job leaves on average, and for how long; or a size that no rate decides. Bytes are as stored, with the server's own. */
export type Load = { bytesPerJob: number; keptSec: number } | { bytes: number };

/** By stream and bucket. */
export const LOADS = {
  /** Commands and results of a job under way; they leave when it is over. */
  mailbox: { bytesPerJob: 118_000, keptSec: hours(1) },
  /** Leases of a job under way that wait or are computed. */
  work: { bytesPerJob: 59_000, keptSec: hours(1) },
  /** One timer of a job that waits for its next try, and the copy that rang. */
  timers: { bytesPerJob: 1_200, keptSec: hours(24) },
  /** A job in a hundred has an exhausted lease. */
  advisories: { bytesPerJob: 11, keptSec: days(7) },
  /** What became of a job; one of 200 ms or more leaves some hundred bytes on where its time went. Metrics may be away for a day; after that the oldest go. */
  events: { bytesPerJob: 1_240, keptSec: hours(24) },
  /** A job in a hundred has a dead letter of 4 kB. */
  dead: { bytesPerJob: 41, keptSec: days(30) },
  schedules: { bytes: gib / 2 },
  /** Two inputs of the largest size, or many small ones; 14 days. */
  artifacts: { bytes: 4 * gib },
  /** A record of the largest input is 20 kB. */
  artifactRecords: { bytes: 64 * mib },
  /** Two million lines. A job keeps its newest ten thousand. */
  logs: { bytes: gib / 2 },
  /** Of 170 large jobs, 5,000 leases each; or of 130,000 small ones. */
  answered: { bytes: 64 * mib },
  /** The view: 1 kB and the result. */
  jobs: { bytesPerJob: 2_450, keptSec: hours(24) },
  /** A job in ten is kept to be requeued, or runs long, with a state of 12 kB. */
  jobState: { bytesPerJob: 1_220, keptSec: hours(24) },
  /** The order under its key. */
  idempotency: { bytesPerJob: 620, keptSec: hours(24) },
  workers: { bytes: 64 * mib },
  coordinators: { bytes: 16 * mib },
  kinds: { bytes: 64 * mib },
  stats: { bytes: 16 * mib },
  /** 250 bytes for each rate in use within an hour. */
  pace: { bytes: 16 * mib },
  /** A session or an account is 500 bytes. */
  identity: { bytes: 64 * mib },
  /** 200,000 users and addresses within two hours. */
  limits: { bytes: 64 * mib },
} as const satisfies Record<string, Load>;

/** However little there is altogether, one message of the largest size fits and something beside it. */
const bytesMin = 2 * mib;
const blockBytes = 64 * 1024;

function bytesAtRate(load: Load, jobsPerSec: number): number {
  return 'bytes' in load ? load.bytes : jobsPerSec * load.keptSec * load.bytesPerJob;
}

const allAtRate = Object.values<Load>(LOADS).reduce((sum, load) => sum + bytesAtRate(load, CAPACITY.jobsPerSec), 0);

/** The limit of a stream or bucket, of `storageGb` altogether. */
export function limitBytes(load: Load, storageGb: number = CAPACITY.storageGb): number {
  const share = bytesAtRate(load, CAPACITY.jobsPerSec) / allAtRate;
  return Math.max(bytesMin, Math.floor((share * storageGb * gib) / blockBytes) * blockBytes);
}

/** What all limits reserve together on each server that holds a copy. */
export function reservedBytes(storageGb: number = CAPACITY.storageGb): number {
  return Object.values<Load>(LOADS).reduce((sum, load) => sum + limitBytes(load, storageGb), 0);
}

/** What `MANYHANDS_STORAGE_GB` may be. */
export const STORAGE_GB = { default: CAPACITY.storageGb, min: 0.05, max: 1_000_000 } as const;
