/** The client: one function per call of the API. */
import type { JobView, QueueStats } from '@manyhands/proto';
import { problemOf } from './api-problem.ts';
import type { JobAccepted, JobFilter, JobPage, JobRequest, Kind, Readiness, Worker } from './shapes.ts';
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
  submit(request: JobRequest): Promise<JobAccepted>;
  get(jobId: string): Promise<JobView>;
  list(filter?: JobFilter): Promise<JobPage>;
  /** Repeating is safe; a finished job stays as it is. */
  cancel(jobId: string): Promise<void>;
  /** Each newer state until the last; reconnects by itself. */
  watch(jobId: string, options?: WatchOptions): AsyncGenerator<JobView, void>;
  /** Resolves with the last state: completed, failed or cancelled. */
  wait(jobId: string, options?: Pick<WatchOptions, 'signal'>): Promise<JobView>;
  kinds(): Promise<Kind[]>;
  workers(): Promise<Worker[]>;
  queues(): Promise<QueueStats>;
  /** Not ready is an answer, not an error. */
  ready(): Promise<Readiness>;
}

export function createClient(options: ClientOptions): Client {
  const { fetch: ask = globalThis.fetch, retryMs = 200, retryMsMax = 5_000, silenceMs = 45_000 } = options;
  const base = options.baseUrl.replace(/\/+$/, '');
  const urlOf = (jobId: string) => `${base}/v1/jobs/${encodeURIComponent(jobId)}`;

  async function call<Answer>(url: string, init?: RequestInit): Promise<Answer> {
    const response = await ask(url, init);
    if (!response.ok) throw await problemOf(response);
    return (response.status === 204 ? undefined : await response.json()) as Answer;
  }

  const client: Client = {
    submit: (request) => call(`${base}/v1/jobs`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(request) }),
    get: (jobId) => call(urlOf(jobId)),
    list: (filter = {}) => {
      const query = new URLSearchParams();
      for (const [name, value] of Object.entries(filter)) if (value !== undefined) query.set(name, String(value));
      return call(`${base}/v1/jobs?${query}`);
    },
    cancel: (jobId) => call(urlOf(jobId), { method: 'DELETE' }),
    watch: (jobId, watchOptions) => watchJob({ url: `${urlOf(jobId)}/events`, fetch: ask, retryMs, retryMsMax, silenceMs }, watchOptions),
    async wait(jobId, waitOptions) {
      let last: JobView | undefined;
      for await (const view of client.watch(jobId, waitOptions)) last = view;
      return last ?? client.get(jobId);
    },
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
