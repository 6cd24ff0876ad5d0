/** What goes into the API and what comes out of it. Answers are inferred from the contract (`ANSWERS`); requests are held against the API's description by a test. */
import type { LineRange } from './job-lines.ts';
import type { Answer, InputForm, JobStatus, JobView, Lane, LogLevel, MaxFailed, Notify, SubmitJob, Tags } from '@manyhands/proto';

/** How hard to try and how long a chunk may run; what is left out is the system's own. */
export type TryingRequest = Partial<Pick<SubmitJob, 'on_dead_chunk' | 'max_attempts' | 'soft_limit_sec' | 'hard_limit_sec'>>;

/** What a job may ask for beside what it computes. */
export interface JobSettings extends TryingRequest {
  /** Number of chunks to split the work into; the kind has a default. */
  chunks?: number;
  /** Default `normal`. */
  priority?: Lane;
  /** What the chunks are cut from, for a kind that takes items or a file: the `input_id` of an upload, or the lines that a job left. */
  input?: string | { job: string };
  /** The items themselves, instead of `input`, as far as they fit into a request. */
  items?: readonly unknown[];
  /** Chunks that are computed at once, all workers together. */
  at_once?: number;
  /** How many chunks may be dead before the job fails: a number, or a share of all. */
  max_failed?: number | MaxFailed;
  /** Names and values that the job is found by. */
  tags?: Tags;
  /** Whom to notify when the job is over: an address, or one with the ends to notify of and the secret to sign with. */
  notify?: string | Notify;
}

/** A job to submit: a kind with its parameters, or the bare `n` of the kind `sum`. */
export type JobRequest =
  (JobSettings & { kind: string; params?: Record<string, unknown> }) | (JobSettings & { n: number | string });

/** When a schedule makes jobs: once at `run_at` (ISO 8601 with offset), or at every tick of `cron` on the clock of `time_zone` (IANA name, default UTC). */
export type Timing = { run_at: string } | { cron: string; time_zone?: string };

/** A job to come. */
export type ScheduleRequest = JobRequest & Timing;

/** Ends a call: it rejects with the signal's reason. */
export interface CallOptions {
  signal?: AbortSignal | undefined;
}

export interface RequeueOptions extends CallOptions {
  /** Which of its dead chunks, as spans `[begin, end)`; all unless given. */
  chunks?: readonly (readonly [begin: number, end: number])[] | undefined;
}

export interface SubmitOptions extends CallOptions {
  /** The same key and request within 24 hours is the same submission: the first answer again, and no second job. */
  idempotencyKey?: string | undefined;
}

export interface UploadOptions extends CallOptions {
  /** `ndjson`: a JSON value on each line; `json`: one array; `lines`: a text on each line; `csv`: its first line names the columns; `bytes`: anything. */
  form: InputForm;
  /** The kind it is for: each record is held against the schema of its items. */
  kind?: string | undefined;
}

export interface PageQuery {
  /** Entries in the page; `limits.pageSizeDefault`, at most `limits.pageSizeMax`. */
  limit?: number | undefined;
  /** The `next_cursor` of the page before. */
  cursor?: string | undefined;
}

export interface JobSearch {
  /** Only jobs with this tag, as `name=value`. */
  tag?: string | undefined;
  status?: JobStatus | undefined;
  kind?: string | undefined;
  /** Only jobs with all of these words in their id, kind, params, tags, or what they failed with. */
  text?: string | undefined;
}

export interface JobFilter extends JobSearch, PageQuery {}

/** What can be asked of many jobs at once. */
export type JobAction = 'cancel' | 'pause' | 'resume' | 'requeue' | 'delete';

export interface BulkRequest extends JobSearch {
  action: JobAction;
  /** Only this job and those submitted before it: `newest` of `countJobs`. */
  up_to?: string | undefined;
  /** Jobs in one page; at most, and unless given, `limits.bulkJobsMax`. */
  limit?: number | undefined;
  cursor?: string | undefined;
}

export interface HistorySearch {
  status?: JobStatus | undefined;
  kind?: string | undefined;
  /** Only jobs with this tag, as `name=value`. */
  tag?: string | undefined;
  /** Only jobs whose error has this in its code or its message, whatever the case of its letters. */
  error?: string | undefined;
  /** Only jobs that were worked on for so many seconds or more. */
  longer_than?: number | undefined;
  /** Only jobs that were worked on for less than so many seconds. */
  shorter_than?: number | undefined;
  /** Only jobs submitted at this time or later: ISO 8601 in UTC, like `2026-11-28T06:30:00Z`. */
  from?: string | undefined;
  /** Only jobs submitted before this time. */
  to?: string | undefined;
}

export interface TrendSearch extends HistorySearch {
  /** What is counted together: the jobs submitted on one day of UTC, also unless it is given. */
  by?: 'day' | undefined;
}

export interface HistoryFilter extends HistorySearch, PageQuery {}

export interface ChunkQuery extends PageQuery {
  /** Only chunks in this state. */
  state?: ChunkPage['chunks'][number]['state'] | undefined;
}

export interface ClusterLeaseQuery {
  /** Only what was answered since, by the `next_after` of an earlier answer. */
  after?: string | undefined;
}

export interface DeadLetterFilter extends PageQuery {
  job_id?: string | undefined;
}

export interface FailureSearch {
  /** Only groups with a letter of this kind. */
  kind?: string | undefined;
  /** Only groups with a letter that has all of these words in its code, message or kind, or in the id of its job. */
  text?: string | undefined;
  /** Groups in the answer, those with most letters first; `limits.pageSizeDefault`, at most `limits.pageSizeMax`. */
  limit?: number | undefined;
}

/** Which part of a group an action is for: one page of its jobs. */
export interface GroupPage {
  /** Only letters that died before this answer: `up_to` of `failureGroup`. */
  up_to?: string | undefined;
  /** Jobs in one page; at most, and unless given, `limits.bulkJobsMax`. */
  limit?: number | undefined;
  cursor?: string | undefined;
}

export interface GroupRequeue extends GroupPage {
  /** What becomes of jobs that would fail by their other dead chunks: they refuse (`leave`, as unless given), or run all of their dead chunks. */
  others?: 'leave' | 'requeue' | undefined;
}

/** Which lines of a job. */
export interface LinesOptions extends LineRange, CallOptions {}

/** As which file results are read: `lines` are NDJSON with the index of each item. */
export type ResultsFormat = 'lines' | 'bare' | 'csv' | 'json';

/** What the task code returned for an item. */
export type ResultLine<Output = unknown> = Answer<'ResultLine'> & { output: Output };
/** An item that failed, as it was sent. */
export type FailureLine<Item = unknown> = Answer<'FailureLine'> & { item?: Item };
export type FilePage = Answer<'FilePage'>;
/** A file that the task code of a job left. */
export type JobFile = FilePage['files'][number];

export interface LogFilter {
  /** Only lines of this level or a higher one. */
  level?: LogLevel | undefined;
  /** Only lines that this worker stored. */
  worker?: string | undefined;
}

export interface LogPageQuery extends LogFilter {
  /** Lines in the page; `limits.logPageDefault`, at most `limits.logPageMax`. */
  limit?: number | undefined;
  /** The lines after this one, by its id; `'0'`: from the oldest. */
  after?: string | undefined;
  /** The newest lines before this one, by its id. Without both: the newest of all. */
  before?: string | undefined;
}

export interface LogOptions extends LogFilter, CallOptions {
  /** Only lines after this one, by its id. */
  after?: string | undefined;
  /** Goes on with each line as it comes, until the job is over; reconnects by itself. */
  follow?: boolean | undefined;
}

export type InputView = Answer<'InputView'>;
export type JobAccepted = Answer<'JobAccepted'>;
/** Oldest first. `prev_cursor` is for `before`, `next_cursor` for `after`; null where there are no more lines. */
export type LogPage = Answer<'LogPage'>;
/** What task code logged: its `id` rises with each line of the job. */
export type JobLogLine = LogPage['lines'][number];
export type ScheduleAccepted = Answer<'ScheduleAccepted'>;
/** Newest first; `next_cursor` is null on the last page. */
export type JobPage = Answer<'JobPage'>;
export type JobCount = Answer<'JobCount'>;
export type BulkPage = Answer<'BulkPage'>;
/** Newest first by the time of submission; may have fewer jobs than asked for. `next_cursor` is null on the last page. */
export type HistoryPage = Answer<'HistoryPage'>;
/** A job as it ended. */
export type FinishedJob = HistoryPage['jobs'][number];
/** How finished jobs of each day went, by how they ended and by kind. */
export type HistoryTrends = Answer<'HistoryTrends'>;
/** All that is kept of a finished job: how it ended, its rounds, and the newest of its dead chunks and log lines. */
export type KeptJob = Answer<'KeptJob'>;
/** What is known of the chunks of a job; `next_cursor` is null on the last page. */
export type ChunkPage = Answer<'ChunkPage'>;
/** Where the time of a job went, and what to do. */
export type JobProfile = Answer<'JobProfile'>;
/** What became of its leases, in the order of their answers. */
export type JobLeases = Answer<'JobLeases'>;
/** A link that shows a job to who has no account; without its token. */
export type Share = Answer<'ShareList'>['shares'][number];
/** The same when it is made: with its token, and where the page is. */
export type ShareCreated = Answer<'ShareCreated'>;
/** What such a link shows of its job. */
export type SharedJob = Answer<'SharedJob'>;
export interface ShareRequest {
  /** Hours until it ends; `limits.shareHoursDefault`, at most `limits.shareHoursMax`. */
  expires_in_hours?: number;
}
/** Of all jobs of the caller that are known. */
export type JobStatistics = Answer<'JobStatistics'>;
/** Newest first; `next_cursor` is null on the last page. */
export type SchedulePage = Answer<'SchedulePage'>;
/** Oldest first; `next_cursor` is null on the last page. */
export type DeadLetterPage = Answer<'DeadLetterPage'>;
/** A dead chunk, with what happened at each attempt. */
export type DeadLetter = DeadLetterPage['dead_letters'][number];
/** Dead letters of one cause, over all jobs: those with most letters first. */
export type FailureGroups = Answer<'FailureGroups'>;
export type FailureGroup = FailureGroups['groups'][number];
/** One page of the jobs of a group, newest first. */
export type FailureGroupJobs = Answer<'FailureGroupJobs'>;
/** `round`: which requeue of the job this was. */
export type JobRequeued = Answer<'JobRequeued'>;
/** A task kind, with the JSON Schema of its parameters and how many live workers compute it. */
export type Kind = Answer<'KindList'>['kinds'][number];
/** About how long a job takes, and from how many jobs that is known. */
export type KindEstimate = Answer<'KindEstimate'>;
/** The job that an estimate is asked for; what is left out is as in the kind's example. */
export interface EstimateRequest {
  /** `limits.estimateParamsCharsMax` characters as JSON at most. */
  params?: Readonly<Record<string, unknown>> | undefined;
  chunks?: number | undefined;
}
export type Worker = Answer<'WorkerList'>['workers'][number];
/** Workers of the last minutes. `samples`: `[seconds since 1970, busy slots, chunks counted since it started, megabytes]`, oldest first. */
export type WorkerRecord = Answer<'WorkerRecord'>;
/** Answered leases of all jobs, by job; see `GET /v1/leases` for what is in a packed one. */
export type ClusterLeases = Answer<'ClusterLeases'>;
/** Chunks per second at a time. */
export type ThroughputSample = Answer<'Throughput'>['samples'][number];
/** Whether a job submitted now would be computed; `checks` is absent while the gateway ends. */
export type Readiness = Answer<'Readiness'>;
/** How each part of the system is; the parts are absent while the gateway ends. */
export type SystemHealth = Answer<'SystemHealth'>;
/** Figures of the gateway that answers, and of the system. */
export type MetricsLite = Answer<'MetricsLite'>;

/** How to compute, and what to be informed of meanwhile. */
export interface MapOptions extends JobSettings, CallOptions {
  /** Called with each newer state of the job; the first one has its id. */
  onView?: (job: JobView) => void;
}

/** An item that was computed, or one that failed. */
export type MapLine<Output = unknown, Item = unknown> =
  | (ResultLine<Output> & { item?: undefined; error?: undefined })
  | { index: number; output?: undefined; item?: Item; error: FailureLine['error']; attempts?: number };

export interface RunResult<Answer = unknown> {
  result: Answer;
  /** The job as it ended. */
  job: JobView;
}

export type Items<Item> = Iterable<Item> | AsyncIterable<Item>;
