/** The client: one function per call of the API. */
import type { JobView, QueueStats, ScheduleView } from '@manyhands/proto';
import { problemOf } from './api-problem.ts';
import type {
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
import { watchJob, type WatchOptions } from './watch-job.ts';

export interface ClientOptions {
  /** Where the gateway is, e.g. `http://127.0.0.1:8000`. */
  baseUrl: string;
  /** Default: the global one. */
  fetch?: typeof fetch;
  /** Milliseconds before a watch that was cut off tries again; doubles up to `retryMsMax`. Default 200 and 5,000. */
  retryMs?: number;
  retryMsMax?: number;
  /** Milliseconds of silence after which a watch connects anew. Default 45,000. */
  silenceMs?: number;
}

/** Calls reject with `ApiProblem` when refused, and with `fetch`'s own error when nobody answers. */
export interface Client {
  /** Hands a job in; resolves once it is stored. */
  submit(request: JobRequest, options?: SubmitOptions): Promise<JobAccepted>;
  /** Hands a job in and answers with the finished job if it ends within `waitMs` (at most a minute), else as `submit` does. */
  submitAndWait(request: JobRequest, waitMs: number, options?: SubmitOptions): Promise<JobView | JobAccepted>;
  get(jobId: string): Promise<JobView>;
  list(filter?: JobFilter): Promise<JobPage>;
  /** Repeating is safe; a finished job stays as it is. */
  cancel(jobId: string): Promise<void>;
  /** Nothing is computed until it is resumed. Repeating either is safe. */
  pause(jobId: string): Promise<void>;
  resume(jobId: string): Promise<void>;
  /** Runs the dead chunks again, and what a failed job never came to. */
  requeue(jobId: string): Promise<JobRequeued>;
  /** Each newer state until the last; reconnects by itself. */
  watch(jobId: string, options?: WatchOptions): AsyncGenerator<JobView, void>;
  /** Resolves with the last state: completed, failed or cancelled. */
  wait(jobId: string, options?: Pick<WatchOptions, 'signal'>): Promise<JobView>;
  /** Chunks that were given up. */
  deadLetters(filter?: DeadLetterFilter): Promise<DeadLetterPage>;
  /** Only the letter goes; its chunk stays dead. */
  discardDeadLetter(id: string): Promise<void>;
  /** Stores a job to come. */
  schedule(request: ScheduleRequest, options?: SubmitOptions): Promise<ScheduleAccepted>;
  schedules(query?: PageQuery): Promise<SchedulePage>;
  getSchedule(scheduleId: string): Promise<ScheduleView>;
  /** It makes no jobs until it is resumed. Repeating either is safe. */
  pauseSchedule(scheduleId: string): Promise<ScheduleView>;
  resumeSchedule(scheduleId: string): Promise<ScheduleView>;
  /** Jobs it made go on. */
  deleteSchedule(scheduleId: string): Promise<void>;
  kinds(): Promise<Kind[]>;
  workers(): Promise<Worker[]>;
  queues(): Promise<QueueStats>;
  /** Not ready is an answer, not an error. */
  ready(): Promise<Readiness>;
}

export function createClient(options: ClientOptions): Client {
  const { fetch: ask = globalThis.fetch, retryMs = 200, retryMsMax = 5_000, silenceMs = 45_000 } = options;
  const base = options.baseUrl.replace(/\/+$/, '');
  const jobUrl = (jobId: string, command = '') => `${base}/v1/jobs/${encodeURIComponent(jobId)}${command}`;
  const scheduleUrl = (scheduleId: string, command = '') => `${base}/v1/schedules/${encodeURIComponent(scheduleId)}${command}`;

  async function call<Answer>(url: string, init?: RequestInit): Promise<Answer> {
    const response = await ask(url, init);
    if (!response.ok) throw await problemOf(response);
    return (response.status === 204 ? undefined : await response.json()) as Answer;
  }

  const list = <Page>(path: string, filter: object = {}) => {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(filter)) if (value !== undefined) query.set(name, String(value));
    return call<Page>(`${base}${path}?${query}`);
  };
  const submit = <Accepted>(request: object, { idempotencyKey }: SubmitOptions = {}, query = '') =>
    call<Accepted>(`${base}/v1/jobs${query}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }) },
      body: JSON.stringify(request),
    });

  const client: Client = {
    submit: (request, submitOptions) => submit(request, submitOptions),
    submitAndWait: (request, waitMs, submitOptions) => submit(request, submitOptions, `?wait=${Math.ceil(waitMs)}ms`),
    get: (jobId) => call(jobUrl(jobId)),
    list: (filter) => list('/v1/jobs', filter),
    cancel: (jobId) => call(jobUrl(jobId), { method: 'DELETE' }),
    pause: (jobId) => call(jobUrl(jobId, '/pause'), { method: 'POST' }),
    resume: (jobId) => call(jobUrl(jobId, '/resume'), { method: 'POST' }),
    requeue: (jobId) => call(jobUrl(jobId, '/requeue'), { method: 'POST' }),
    watch: (jobId, watchOptions) =>
      watchJob({ url: jobUrl(jobId, '/events'), fetch: ask, retryMs, retryMsMax, silenceMs }, watchOptions),
    async wait(jobId, waitOptions) {
      let last: JobView | undefined;
      for await (const view of client.watch(jobId, waitOptions)) last = view;
      return last ?? client.get(jobId);
    },
    deadLetters: (filter) => list('/v1/dead-letters', filter),
    discardDeadLetter: (id) => call(`${base}/v1/dead-letters/${encodeURIComponent(id)}`, { method: 'DELETE' }),
    schedule: (request, submitOptions) => submit(request, submitOptions),
    schedules: (query) => list('/v1/schedules', query),
    getSchedule: (scheduleId) => call(scheduleUrl(scheduleId)),
    pauseSchedule: (scheduleId) => call(scheduleUrl(scheduleId, '/pause'), { method: 'POST' }),
    resumeSchedule: (scheduleId) => call(scheduleUrl(scheduleId, '/resume'), { method: 'POST' }),
    deleteSchedule: (scheduleId) => call(scheduleUrl(scheduleId), { method: 'DELETE' }),
    kinds: async () => (await call<{ kinds: Kind[] }>(`${base}/v1/kinds`)).kinds,
    workers: async () => (await call<{ workers: Worker[] }>(`${base}/v1/workers`)).workers,
    queues: () => call(`${base}/v1/queues`),
    async ready() {
      const response = await ask(`${base}/readyz`);
      if (response.ok || response.status === 503) return (await response.json()) as Readiness;
      throw await problemOf(response);
    },
  };
  return client;
}
