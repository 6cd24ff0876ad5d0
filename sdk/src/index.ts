/** Submit jobs, watch them, get their answers: a small client over REST and server-sent events. Needs only `fetch`, in Node and in browsers. */
export type { Client } from './client-calls.ts';
export { createClient, type ClientOptions } from './client.ts';
export type {
  Account,
  AccountCalls,
  ApiKey,
  Credentials,
  KeyRequest,
  PasswordRequest,
  Session,
  SignedIn,
  User,
} from './account-calls.ts';
export type {
  CallOptions,
  DeadLetter,
  DeadLetterFilter,
  DeadLetterPage,
  FailureLine,
  FilePage,
  FinishedJob,
  HistoryFilter,
  HistoryPage,
  HistorySearch,
  InputView,
  Items,
  JobAccepted,
  JobFile,
  JobAction,
  JobCount,
  JobFilter,
  JobSearch,
  BulkPage,
  BulkRequest,
  JobLogLine,
  JobPage,
  JobLeases,
  JobProfile,
  JobRequest,
  JobRequeued,
  RequeueOptions,
  JobSettings,
  Kind,
  LinesOptions,
  LogFilter,
  LogOptions,
  LogPage,
  LogPageQuery,
  MapLine,
  KeptJob,
  MapOptions,
  PageQuery,
  Readiness,
  ResultLine,
  ResultsFormat,
  RunResult,
  ScheduleAccepted,
  SchedulePage,
  ScheduleRequest,
  SubmitOptions,
  ThroughputSample,
  Timing,
  UploadOptions,
  TryingRequest,
  Worker,
} from './shapes.ts';
export type { FieldProblem } from '@manyhands/proto';
export { ApiProblem } from './api-problem.ts';
export { ROUTES } from './routes.ts';
export { JobFailed } from './map.ts';
export type { Content } from './request.ts';
export type { AnswerOf, ItemOf, LineOf, ParamsOf, TaskLike } from './typed-task.ts';
export type { WatchOptions } from './watch-job.ts';
