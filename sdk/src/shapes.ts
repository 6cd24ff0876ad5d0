/** What goes into the API and comes out of it, as far as it is not a message of the contract itself. */
import type {
  DeadChunk,
  JobStatus,
  JobView,
  KindRegistration,
  Lane,
  ScheduleStatus,
  ScheduleView,
  SubmitJob,
  WorkerHeartbeat,
} from '@manyhands/proto';

interface JobSettings {
  /** Slices to split the work into; the kind has a default. */
  chunks?: number;
  /** Default `normal`. */
  priority?: Lane;
  /** What a chunk that used up its attempts does to the job. Default `fail`. */
  on_dead_chunk?: SubmitJob['on_dead_chunk'];
  /** Runs of one chunk before it is given up. Default 3. */
  max_attempts?: number;
  /** Seconds after which the kernel is asked to stop a chunk. Default 300. */
  soft_limit_sec?: number;
  /** Seconds after which the thread of a chunk is ended. Default 360. */
  hard_limit_sec?: number;
}

/** A job to hand in: a kind with its parameters, or the bare `n` of the kind `sum`. */
export type JobRequest =
  (JobSettings & { kind: string; params?: Record<string, unknown> }) | (JobSettings & { n: number | string });

export interface JobAccepted {
  job_id: string;
  status: JobStatus;
  /** Whether this is the answer to an earlier, equal request. */
  cached: boolean;
}

export interface SubmitOptions {
  /** The same key and request within 24 hours is the same submission: the first answer again, and no second job. */
  idempotencyKey?: string;
}

/** A job to come: once at `run_at` (ISO 8601 with offset), or at every tick of `cron` on the clock of `time_zone` (IANA name, default UTC). */
export type ScheduleRequest = JobRequest & ({ run_at: string } | { cron: string; time_zone?: string });

export interface ScheduleAccepted {
  schedule_id: string;
  status: ScheduleStatus;
  next_run_at: string | null;
  /** Whether this is the answer to an earlier, equal request. */
  cached: boolean;
}

export interface PageQuery {
  /** 1 to 200; default 20. */
  limit?: number;
  /** The `next_cursor` of the page before. */
  cursor?: string;
}

export interface SchedulePage {
  /** Newest first. */
  schedules: ScheduleView[];
  /** Null on the last page. */
  next_cursor: string | null;
}

export interface JobRequeued {
  job_id: string;
  status: JobStatus;
  /** Which requeue of the job this was. */
  round: number;
}

/** A chunk that was given up, with what happened at each attempt. */
export type DeadLetter = Omit<DeadChunk, 'v' | 'type' | 'tenant'> & { id: string };

export interface DeadLetterFilter extends PageQuery {
  job_id?: string;
}

export interface DeadLetterPage {
  /** Oldest first. */
  dead_letters: DeadLetter[];
  /** Null on the last page. */
  next_cursor: string | null;
}

export interface JobFilter extends PageQuery {
  status?: JobStatus;
  kind?: string;
}

export interface JobPage {
  /** Newest first. */
  jobs: JobView[];
  /** Null on the last page. */
  next_cursor: string | null;
}

export type Kind = Omit<KindRegistration, 'v' | 'type'> & { live_workers: number };

export type Worker = Omit<WorkerHeartbeat, 'v' | 'type'>;

export interface Readiness {
  /** Whether a job handed in now would be computed. */
  ready: boolean;
  /** What is missing, in words; absent when it is ready. */
  detail?: string;
  /** `stuck_partitions`: parts of the mailbox that stand still, and why; `troubles`: what NATS holds for the system and somebody removed or changed. Absent: none. */
  checks: {
    nats: boolean;
    storage: boolean;
    coordinators: number;
    workers: number;
    stuck_partitions?: { partition: string; for_sec: number; why: string }[];
    troubles?: { what: string; problem: string; since: string; mended: boolean }[];
  };
  /** Hours that a job is kept after it last changed. */
  kept_hours: number;
}
