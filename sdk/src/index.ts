/** Hand jobs in, watch them, get their answers: a small client over REST and server-sent events. Needs only `fetch`. */
export { createClient, type Client, type ClientOptions } from './client.ts';
export type { JobAccepted, JobFilter, JobPage, JobRequest, Kind, Readiness, Worker } from './shapes.ts';
export { ApiProblem, type FieldProblem } from './api-problem.ts';
export type { WatchOptions } from './watch-job.ts';
