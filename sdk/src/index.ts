/** Hand jobs in, watch them, get their answers: a small client over REST and server-sent events. Needs only `fetch`. */
export { createClient, type Client, type ClientOptions } from './client.ts';
export type {
  DeadLetter,
  DeadLetterFilter,
  DeadLetterPage,
  JobAccepted,
  JobFilter,
  JobPage,
  JobRequest,
  JobRequeued,
  Kind,
  PageQuery,
  Readiness,
  ScheduleAccepted,
  SchedulePage,
  ScheduleRequest,
  SubmitOptions,
  Worker,
} from './shapes.ts';
export { ApiProblem, type FieldProblem } from './api-problem.ts';
export type { WatchOptions } from './watch-job.ts';
