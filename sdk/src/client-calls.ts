/** What the client can be asked: one function per route of the API, and what is made of several. */
import type { JobView, QueueStats, ScheduleView } from '@manyhands/proto';
import type { AccountCalls } from './account-calls.ts';
import { type Content } from './request.ts';
import type {
  Items,
  MapLine,
  MapOptions,
  RunResult,
  CallOptions,
  BulkPage,
  BulkRequest,
  ChunkPage,
  ChunkQuery,
  ClusterLeaseQuery,
  ClusterLeases,
  DeadLetter,
  DeadLetterFilter,
  DeadLetterPage,
  FailureGroupJobs,
  FailureGroups,
  EstimateRequest,
  FailureLine,
  FailureSearch,
  FilePage,
  FinishedJob,
  GroupPage,
  GroupRequeue,
  HistoryFilter,
  HistoryPage,
  HistorySearch,
  HistoryTrends,
  KeptJob,
  InputView,
  JobAccepted,
  JobAction,
  JobCount,
  JobFile,
  JobFilter,
  JobLogLine,
  JobPage,
  JobLeases,
  JobProfile,
  JobRequest,
  JobRequeued,
  RequeueOptions,
  JobSearch,
  JobStatistics,
  Kind,
  KindEstimate,
  LinesOptions,
  LogOptions,
  LogPage,
  LogPageQuery,
  MetricsLite,
  PageQuery,
  Readiness,
  ResultLine,
  ResultsFormat,
  ScheduleAccepted,
  SchedulePage,
  ScheduleRequest,
  Share,
  ShareCreated,
  SharedJob,
  ShareRequest,
  SubmitOptions,
  SystemHealth,
  ThroughputSample,
  TrendSearch,
  UploadOptions,
  Worker,
  WorkerRecord,
} from './shapes.ts';
import type { AnswerOf, ItemOf, LineOf, ParamsAnd, TaskLike } from './typed-task.ts';
import { type WatchOptions } from './watch-job.ts';

type MapLines<T> = AsyncGenerator<MapLine<LineOf<T>, ItemOf<T>>, void>;

/**
 * Every call rejects with `ApiProblem` when it is refused (`status` and `detail` of the API) or not answered (`status` 0), and with the reason of its
 * signal. Every call may be refused with 400 or 422 (it cannot be right), 503 (try again later, see `retryAfterSec`) and 500; what else is listed with each call.
 */
export interface Client extends AccountCalls {
  /** Submits a job; resolves once it is stored. Refused with 410 (`idempotencyKey` names what is not kept any more), 413 (too large), 429 and 503 (too many). */
  submit(request: JobRequest, options?: SubmitOptions): Promise<JobAccepted>;
  /** Submits a job and resolves with the finished job if it ends within `waitMs` (at most `limits.waitMsMax`), else as `submit` does. */
  submitAndWait(request: JobRequest, waitMs: number, options?: SubmitOptions): Promise<JobView | JobAccepted>;
  /** The job as it is now. Refused with 404. */
  get(jobId: string, options?: CallOptions): Promise<JobView>;
  /** Submits a sum of 1 to n without an account, as far as `limits.demoNMax` and `limits.demoChunksMax`. Refused with 429. */
  submitDemo(request: { n: number; chunks?: number }, options?: CallOptions): Promise<JobAccepted>;
  /** A job of `submitDemo` as it is now. Refused with 404 and 429. */
  getDemo(jobId: string, options?: CallOptions): Promise<JobView>;
  /** One page of jobs, newest first. */
  list(filter?: JobFilter, options?: CallOptions): Promise<JobPage>;
  /** Every job that fits, newest first, over as many pages as it takes; `limit` is the size of a page. */
  each(filter?: JobFilter, options?: CallOptions): AsyncGenerator<JobView, void>;
  /** How many jobs fit; with an action those whose state allows it. */
  countJobs(search?: JobSearch & { action?: JobAction }, options?: CallOptions): Promise<JobCount>;
  /** Asks one page of all jobs that fit; `next_cursor` leads on. Repeating is safe. */
  bulk(request: BulkRequest, options?: CallOptions): Promise<BulkPage>;
  /** Repeating is safe; a finished job stays as it is. Refused with 404. */
  cancel(jobId: string, options?: CallOptions): Promise<void>;
  /** Nothing is computed until it is resumed. Repeating is safe. Refused with 404, and 409 for a job that is over. */
  pause(jobId: string, options?: CallOptions): Promise<void>;
  /** A paused job goes on. Repeating is safe. Refused with 404, and 409 for a job that is over. */
  resume(jobId: string, options?: CallOptions): Promise<void>;
  /** Runs the dead chunks again, and what a failed job did not come to. Refused with 404, and 409 where there is nothing to run again. */
  requeue(jobId: string, options?: RequeueOptions): Promise<JobRequeued>;
  /** Removes a job that is over with its result, files, logs and dead letters. Refused with 404, and 409 for one that is not over. */
  deleteJob(jobId: string, options?: CallOptions): Promise<void>;
  /** Makes a link that shows the job to who has no account: at `path` below the address of the system, by `token`, which is given here only. Refused with 404, and 409 when there are too many. */
  share(jobId: string, request?: ShareRequest, options?: CallOptions): Promise<ShareCreated>;
  /** The links of a job that are good, newest first. Refused with 404. */
  shares(jobId: string, options?: CallOptions): Promise<Share[]>;
  /** Nothing shows the job by that link from now on. Refused with 404. */
  revokeShare(jobId: string, shareId: string, options?: CallOptions): Promise<void>;
  /** A job as it is now, by the token of a link, without an account. Refused with 404 for whatever is wrong with it, and 429. */
  getShared(token: string, options?: CallOptions): Promise<SharedJob>;
  /** Each newer state until the last; reconnects by itself. Throws `ApiProblem` for what another try cannot mend, such as 404. */
  watch(jobId: string, options?: WatchOptions): AsyncGenerator<JobView, void>;
  /** Resolves with the last state: completed, failed or cancelled. Rejects as `watch` throws. */
  wait(jobId: string, options?: CallOptions): Promise<JobView>;
  /** One page of what is known of its chunks, in their order. Refused with 404. */
  chunks(jobId: string, query?: ChunkQuery, options?: CallOptions): Promise<ChunkPage>;
  /** Where its time went, until its end or until now, and what to do about it. Refused with 404. */
  profile(jobId: string, options?: CallOptions): Promise<JobProfile>;
  /** Which slot had which of its chunks, when, and how that ended: its newest 5,000 answered leases. Refused with 404. */
  leases(jobId: string, options?: CallOptions): Promise<JobLeases>;
  /**
   * The lines of a job that is over, in the order of its items; goes on by itself where it is cut off. Items that failed are not among them, but among the failures.
   * Throws `ApiProblem`: 404 (no such job, or it has one answer), 409 (it runs), 410 (they are kept no longer).
   */
  results<Output = unknown>(jobId: string, options?: LinesOptions): AsyncGenerator<ResultLine<Output>, void>;
  /** The same as a file, in bytes: `bare` outputs, one `json` array, `csv`, or `lines`. Rejects as `results` throws. */
  resultsFile(jobId: string, format: ResultsFormat, options?: LinesOptions): Promise<ReadableStream<Uint8Array>>;
  /** A line for each item whose chunk is dead, in the order of the items, also while the job runs. Throws 404. */
  failures<Item = unknown>(jobId: string, options?: LinesOptions): AsyncGenerator<FailureLine<Item>, void>;
  /** The answer of a completed job, however large, as JavaScript reads it: of a number beyond 2^53 `resultFile` has the digits. Rejects with 404 (no such job, or it has no answer), 409 (it runs), 410 (it is kept no longer). */
  result(jobId: string, options?: CallOptions): Promise<unknown>;
  /** The same as bytes of JSON: each number has the digits that were computed, also beyond 2^53. Rejects as `result`. */
  resultFile(jobId: string, options?: CallOptions): Promise<ReadableStream<Uint8Array>>;
  /** One page of the files that the job's task code has left until now, in the order of their chunks. Refused with 404. */
  files(jobId: string, query?: PageQuery, options?: CallOptions): Promise<FilePage>;
  /** Every file, over as many pages as it takes. */
  eachFile(jobId: string, options?: CallOptions): AsyncGenerator<JobFile, void>;
  /** The bytes of a file, by its whole name. Rejects with 404 (no such job or file), 410 (it is kept no longer). */
  file(jobId: string, name: string, options?: CallOptions): Promise<ReadableStream<Uint8Array>>;
  /** What the job's task code logged, oldest first; with `follow` to the end of the job, else what is stored now. Rejects as `watch` throws. */
  logs(jobId: string, options?: LogOptions): AsyncGenerator<JobLogLine, void>;
  /** One page of it: the newest lines, or those after or before one. Refused with 404. */
  logPage(jobId: string, query?: LogPageQuery, options?: CallOptions): Promise<LogPage>;
  /**
   * Computes a task over items, and yields a line for each of them, in their order: its `output`, or its `error`. The items are uploaded while they are made; the lines
   * come when the job is over. Throws `JobFailed` when the job does not complete, and `ApiProblem` as `upload` and `submit`. Aborted, it leaves the job running.
   *
   * Typed by the task: `client.map<typeof thumbnails>('thumbnails', …)` needs only its type. Given the definition itself, items and parameters are held against
   * its schemas before they are sent, and a `TypeError` names what does not fit.
   */
  map<T extends TaskLike>(task: T, items: Items<ItemOf<T>>, ...given: ParamsAnd<T, MapOptions>): MapLines<T>;
  map<T = unknown>(kind: string, items: Items<ItemOf<T>>, ...given: ParamsAnd<T, MapOptions>): MapLines<T>;
  /** Computes a task and resolves with its answer, however large. Typed, checked and rejected as `map`. */
  run<T extends TaskLike>(task: T, ...given: ParamsAnd<T, MapOptions>): Promise<RunResult<AnswerOf<T>>>;
  run<T = unknown>(kind: string, ...given: ParamsAnd<T, MapOptions>): Promise<RunResult<AnswerOf<T>>>;
  /** One page of finished jobs, also of those that `list` does not have any more. Refused with 503 while the metrics service is away. */
  history(filter?: HistoryFilter, options?: CallOptions): Promise<HistoryPage>;
  /** The same as a file of CSV, of `limits.exportRowsMax` jobs at most. */
  historyCsv(search?: HistorySearch, options?: CallOptions): Promise<ReadableStream<Uint8Array>>;
  /** How finished jobs of each day of UTC went: of 30 days, or of `from` to `to`, `limits.trendDaysMax` at most. Refused as `history`, and with 400 for more days. */
  trends(search?: TrendSearch, options?: CallOptions): Promise<HistoryTrends>;
  /** All that is kept of a finished job, also when `get` does not have it any more. */
  kept(jobId: string, options?: CallOptions): Promise<KeptJob>;
  /** Every finished job that fits, newest first, over as many pages as it takes. */
  eachFinished(filter?: HistoryFilter, options?: CallOptions): AsyncGenerator<FinishedJob, void>;
  /** How many jobs the caller has, and how they ended. Refused with 503 while the metrics service is away. */
  statistics(options?: CallOptions): Promise<JobStatistics>;
  /** One page of the dead chunks, oldest first. */
  deadLetters(filter?: DeadLetterFilter, options?: CallOptions): Promise<DeadLetterPage>;
  /** Every dead chunk that fits, oldest first, over as many pages as it takes. */
  eachDeadLetter(filter?: DeadLetterFilter, options?: CallOptions): AsyncGenerator<DeadLetter, void>;
  /** Only the letter goes; its chunk stays dead. Refused with 404. */
  discardDeadLetter(id: string, options?: CallOptions): Promise<void>;
  /** What went wrong: the dead chunks of all jobs, grouped by what their errors have in common. */
  failureGroups(search?: FailureSearch, options?: CallOptions): Promise<FailureGroups>;
  /** One page of the jobs of a group, by its fingerprint. Refused with 404. */
  failureGroup(fingerprint: string, query?: PageQuery, options?: CallOptions): Promise<FailureGroupJobs>;
  /** Runs the chunks of a group again, in one page of its jobs; `next_cursor` leads on. Repeating is safe. Refused with 404. */
  requeueGroup(fingerprint: string, request?: GroupRequeue, options?: CallOptions): Promise<BulkPage>;
  /** Only the letters go; their chunks stay dead. Paged as `requeueGroup`. Refused with 404. */
  discardGroup(fingerprint: string, request?: GroupPage, options?: CallOptions): Promise<BulkPage>;
  /**
   * Stores what the chunks of a job are cut from: its `input_id` goes into `input` of a submission. Refused with 413 (too large), 415 (no known form) and 429 (too many
   * at once); a record that is wrong is refused with its line.
   */
  upload(content: Content, options: UploadOptions): Promise<InputView>;
  /** Refused with 404. */
  getInput(inputId: string, options?: CallOptions): Promise<InputView>;
  /** Refused with 404, and 409 while a job that has not ended needs it. */
  deleteInput(inputId: string, options?: CallOptions): Promise<void>;
  /** Stores a job to come. Refused as `submit` is, and with 429 when there are too many schedules. */
  schedule(request: ScheduleRequest, options?: SubmitOptions): Promise<ScheduleAccepted>;
  /** One page of schedules, newest first. */
  schedules(query?: PageQuery, options?: CallOptions): Promise<SchedulePage>;
  /** Every schedule, newest first, over as many pages as it takes. */
  eachSchedule(query?: PageQuery, options?: CallOptions): AsyncGenerator<ScheduleView, void>;
  /** Refused with 404, and 409 for one that this release cannot read. */
  getSchedule(scheduleId: string, options?: CallOptions): Promise<ScheduleView>;
  /** It makes no jobs until it is resumed. Repeating is safe. Refused with 404, and 409 for one that has run. */
  pauseSchedule(scheduleId: string, options?: CallOptions): Promise<ScheduleView>;
  /** It goes on with its next tick. Repeating is safe. Refused with 404, and 409 for one that has run. */
  resumeSchedule(scheduleId: string, options?: CallOptions): Promise<ScheduleView>;
  /** It makes no more jobs; those it made go on. Refused with 404. */
  deleteSchedule(scheduleId: string, options?: CallOptions): Promise<void>;
  /** What can be computed now. */
  kinds(options?: CallOptions): Promise<Kind[]>;
  /** About how long a job of a kind would take, from those like it that were completed. Refused with 404, and 503 while the metrics service is away. */
  estimate(kind: string, job?: EstimateRequest, options?: CallOptions): Promise<KindEstimate>;
  /** Removes a kind that no worker computes any more, by its name with the version. Rejects with 409 while a live worker computes it or a job of it has not ended. */
  removeKind(kind: string, options?: CallOptions): Promise<void>;
  /** The newest heartbeat of each live worker. */
  workers(options?: CallOptions): Promise<Worker[]>;
  /** The workers of the last minutes: those that are there and those that left, each with how busy it was, and what another one needs to know to join. */
  workerRecord(options?: CallOptions): Promise<WorkerRecord>;
  /** It takes no more leases from now on, and ends what it has; its process stays. Repeating is safe. Refused with 404 for a worker that is not there. */
  drainWorker(workerId: string, options?: CallOptions): Promise<void>;
  /** The answered leases of all jobs in the last minutes, packed; with `after` (the `next_after` of an earlier answer) those that came since. */
  clusterLeases(query?: ClusterLeaseQuery, options?: CallOptions): Promise<ClusterLeases>;
  /** How much waits; refused with 503 while the metrics service is away. */
  queues(options?: CallOptions): Promise<QueueStats>;
  /** Chunks per second, one sample a second, oldest first: the last five minutes, or since the gateway started. */
  throughput(options?: CallOptions): Promise<ThroughputSample[]>;
  /** The metrics of gateway and system, as text in the format of Prometheus. */
  metrics(options?: CallOptions): Promise<string>;
  /** The figures of `metrics` that a program without a reader of Prometheus wants most. */
  metricsLite(options?: CallOptions): Promise<MetricsLite>;
  /** Resolves when the gateway answers at all. */
  alive(options?: CallOptions): Promise<void>;
  /** Whether a job submitted now would be computed. Not ready is an answer, not an error. */
  ready(options?: CallOptions): Promise<Readiness>;
  /** How each part of the system is. Not well is an answer, not an error. */
  health(options?: CallOptions): Promise<SystemHealth>;
}
