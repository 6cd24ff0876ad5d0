/** What goes into the API and comes out of it, as far as it is not a message of the contract itself. */
import type { JobStatus, JobView, KindRegistration, Lane, SubmitJob, WorkerHeartbeat } from '@manyhands/proto';

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
export type JobRequest = (JobSettings & { kind: string; params?: Record<string, unknown> }) | (JobSettings & { n: number | string });

export interface JobAccepted {
  job_id: string;
  status: JobStatus;
  /** Whether this is the answer to an earlier, equal request. */
  cached: boolean;
}

export interface JobFilter {
  status?: JobStatus;
  kind?: string;
  /** 1 to 200; default 20. */
  limit?: number;
  /** The `next_cursor` of the page before. */
  cursor?: string;
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
  checks: { nats: boolean; coordinators: number; workers: number };
}
