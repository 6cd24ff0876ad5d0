/** The client: one function per route of the API. */
import { accountCalls } from './account-calls.ts';
import type { Client } from './client-calls.ts';
import type { JobView } from '@manyhands/proto';
import { jobLines, type LineRange } from './job-lines.ts';
import { mapItems, runTask } from './map.ts';
import { fetchOfTenant } from './of-tenant.ts';
import { addressOf, createAsk, openAnswer, textOf } from './request.ts';
import type {
  Items,
  MapOptions,
  JobAccepted,
  JobLogLine,
  LinesOptions,
  LogPage,
  PageQuery,
  ScheduleAccepted,
  SubmitOptions,
} from './shapes.ts';
import type { TaskLike } from './typed-task.ts';
import { followLog, watchJob } from './watch-job.ts';

export interface ClientOptions {
  /** Where the gateway is, e.g. `http://127.0.0.1:8000`; in a page of the gateway itself, `''`. */
  baseUrl: string;
  /** An API key, sent with each request as `Authorization: Bearer`. */
  key?: string;
  /** An access token that changes: asked before each request; undefined sends none. Instead of `key`. */
  token?: () => string | undefined | Promise<string | undefined>;
  /** For administrators: the jobs, inputs, schedules and dead letters of this tenant instead of their own; `*`: lists of all tenants. */
  tenant?: string;
  /** Default: the global one. */
  fetch?: typeof fetch;
  /** Milliseconds before a watch that was cut off tries again; doubles up to `retryMsMax`. Default 200 and 5,000. */
  retryMs?: number;
  retryMsMax?: number;
  /** Milliseconds of silence after which a watch connects again. Default 45,000. */
  silenceMs?: number;
}

export function createClient(options: ClientOptions): Client {
  const { retryMs = 200, retryMsMax = 5_000, silenceMs = 45_000 } = options;
  // Called without `this`: the fetch of a browser refuses to be a method of anything but its window.
  const plainFetch: typeof fetch = async (input, init) => {
    const shown = options.key ?? (await options.token?.());
    const headers = shown === undefined ? init?.headers : { ...(init?.headers as object), authorization: `Bearer ${shown}` };
    return (options.fetch ?? globalThis.fetch)(input, { ...init, ...(headers !== undefined && { headers }) });
  };
  const fetchIt = options.tenant === undefined ? plainFetch : fetchOfTenant(plainFetch, options.tenant);
  const base = options.baseUrl.replace(/(?<!\/)\/+$/, '');
  const ask = createAsk(base, fetchIt);
  const watching = { fetch: fetchIt, retryMs, retryMsMax, silenceMs };
  const retry = { retryMs, retryMsMax, triesMax: 8 };

  const submission = (request: object, { idempotencyKey, signal }: SubmitOptions = {}, query?: { wait: string }) =>
    ask('submit', {
      body: request,
      query,
      signal,
      ...(idempotencyKey !== undefined && { headers: { 'idempotency-key': idempotencyKey } }),
    }) as Promise<unknown>;

  const linesOf = <Line extends { index: number }>(route: 'results' | 'failures', id: string, given: LinesOptions = {}) => {
    const { signal, ...range } = given;
    const headers = { accept: 'application/x-ndjson, application/json' };
    const open = (query: LineRange) => openAnswer(base, fetchIt, route, { id, query, signal, headers });
    return jobLines<Line>(open, range, retry, signal);
  };

  const client: Client = {
    ...accountCalls(ask),
    submit: (request, given) => submission(request, given) as Promise<JobAccepted>,
    submitAndWait: (request, waitMs, given) =>
      submission(request, given, { wait: `${Math.ceil(waitMs)}ms` }) as Promise<JobView | JobAccepted>,
    get: (id, { signal } = {}) => ask('get', { id, signal }),
    submitDemo: (body, { signal } = {}) => ask('submitDemo', { body, signal }),
    getDemo: (id, { signal } = {}) => ask('getDemo', { id, signal }),
    list: (query, { signal } = {}) => ask('list', { query, signal }),
    each: (filter, given) =>
      entriesOf(
        filter,
        (query) => client.list(query, given),
        ({ jobs }) => jobs,
      ),
    countJobs: (query, { signal } = {}) => ask('countJobs', { query, signal }),
    bulk: (body, { signal } = {}) => ask('bulk', { body, signal }),
    cancel: (id, { signal } = {}) => ask('cancel', { id, signal }),
    pause: (id, { signal } = {}) => ask('pause', { id, signal }),
    resume: (id, { signal } = {}) => ask('resume', { id, signal }),
    requeue: (id, { chunks, signal } = {}) => ask('requeue', { id, signal, ...(chunks && { body: { chunks } }) }),
    deleteJob: (id, { signal } = {}) => ask('deleteJob', { id, signal }),
    share: (id, body = {}, { signal } = {}) => ask('share', { id, body, signal }),
    shares: async (id, { signal } = {}) => (await ask('shares', { id, signal })).shares,
    revokeShare: (id, share_id, { signal } = {}) => ask('revokeShare', { id, share_id, signal }),
    getShared: (token, { signal } = {}) => ask('getShared', { token, signal }),
    watch: (id, given) => watchJob({ url: base + addressOf('watch', { id }), ...watching }, given),
    logs: (id, { follow = false, after = '0', signal, ...filter } = {}) =>
      follow
        ? followLog(
            { url: base + addressOf('followLogs', { id, query: filter }), ...watching },
            { signal, lastEventId: after === '0' ? undefined : after },
          )
        : entriesAfter(after, (from) => client.logPage(id, { ...filter, after: from, limit: LINES_PER_PAGE }, { signal })),
    logPage: (id, query, { signal } = {}) => ask('logs', { id, query, signal }),
    async wait(id, given) {
      let last: JobView | undefined;
      for await (const view of client.watch(id, given)) last = view;
      return last ?? client.get(id, given);
    },
    chunks: (id, query, { signal } = {}) => ask('chunks', { id, query, signal }),
    profile: (id, { signal } = {}) => ask('profile', { id, signal }),
    leases: (id, { signal } = {}) => ask('leases', { id, signal }),
    results: (id, given) => linesOf('results', id, given),
    async resultsFile(id, format, { from, limit, signal } = {}) {
      const query = { format, from, limit };
      const { body } = await openAnswer(base, fetchIt, 'results', { id, query, signal, headers: { accept: '*/*' } });
      return body ?? new ReadableStream();
    },
    failures: (id, given) => linesOf('failures', id, given),
    result: async (id, { signal } = {}) => (await ask('result', { id, signal })) as unknown,
    async resultFile(id, { signal } = {}) {
      const { body } = await openAnswer(base, fetchIt, 'result', { id, signal });
      return body ?? new ReadableStream();
    },
    files: (id, query, { signal } = {}) => ask('files', { id, query, signal }),
    eachFile: (id, given) =>
      entriesOf(
        {},
        (query) => client.files(id, { ...query, limit: FILES_PER_PAGE }, given),
        ({ files }) => files,
      ),
    async file(id, name, { signal } = {}) {
      const { body } = await openAnswer(base, fetchIt, 'file', { id, name, signal, headers: { accept: '*/*' } });
      return body ?? new ReadableStream();
    },
    map: ((task: string | TaskLike, items: Items<unknown>, params: object = {}, given: MapOptions = {}) =>
      mapItems(client, task, items, params, given, retry)) as Client['map'],
    run: ((task: string | TaskLike, params: object = {}, given: MapOptions = {}) =>
      runTask(client, task, params, given, retry)) as Client['run'],
    history: (query, { signal } = {}) => ask('history', { query, signal }),
    async historyCsv(search = {}, { signal } = {}) {
      const { body } = await openAnswer(base, fetchIt, 'historyCsv', { query: search, signal, headers: { accept: '*/*' } });
      return body ?? new ReadableStream();
    },
    trends: (query, { signal } = {}) => ask('trends', { query, signal }),
    kept: (id, { signal } = {}) => ask('kept', { id, signal }),
    eachFinished: (filter, given) =>
      entriesOf(
        filter,
        (query) => client.history(query, given),
        ({ jobs }) => jobs,
      ),
    statistics: ({ signal } = {}) => ask('statistics', { signal }),
    deadLetters: (query, { signal } = {}) => ask('deadLetters', { query, signal }),
    eachDeadLetter: (filter, given) =>
      entriesOf(
        filter,
        (query) => client.deadLetters(query, given),
        ({ dead_letters: letters }) => letters,
      ),
    discardDeadLetter: (id, { signal } = {}) => ask('discardDeadLetter', { id, signal }),
    failureGroups: (query, { signal } = {}) => ask('failureGroups', { query, signal }),
    failureGroup: (id, query, { signal } = {}) => ask('failureGroup', { id, query, signal }),
    requeueGroup: (id, body = {}, { signal } = {}) => ask('requeueGroup', { id, body, signal }),
    discardGroup: (id, body = {}, { signal } = {}) => ask('discardGroup', { id, body, signal }),
    upload: (content, { signal, ...query }) =>
      ask('upload', { content, query, signal, headers: { 'content-type': 'application/octet-stream' } }),
    getInput: (id, { signal } = {}) => ask('getInput', { id, signal }),
    deleteInput: (id, { signal } = {}) => ask('deleteInput', { id, signal }),
    schedule: (request, given) => submission(request, given) as Promise<ScheduleAccepted>,
    schedules: (query, { signal } = {}) => ask('schedules', { query, signal }),
    eachSchedule: (filter, given) =>
      entriesOf(
        filter,
        (query) => client.schedules(query, given),
        ({ schedules }) => schedules,
      ),
    getSchedule: (id, { signal } = {}) => ask('getSchedule', { id, signal }),
    pauseSchedule: (id, { signal } = {}) => ask('pauseSchedule', { id, signal }),
    resumeSchedule: (id, { signal } = {}) => ask('resumeSchedule', { id, signal }),
    deleteSchedule: (id, { signal } = {}) => ask('deleteSchedule', { id, signal }),
    kinds: async ({ signal } = {}) => (await ask('kinds', { signal })).kinds,
    estimate: (kind, { params, chunks } = {}, { signal } = {}) =>
      ask('estimate', { id: kind, query: { params: params && JSON.stringify(params), chunks }, signal }),
    removeKind: (id, { signal } = {}) => ask('removeKind', { id, signal }),
    workers: async ({ signal } = {}) => (await ask('workers', { signal })).workers,
    workerRecord: ({ signal } = {}) => ask('workerRecord', { signal }),
    drainWorker: async (id, { signal } = {}) => void (await ask('drainWorker', { id, signal })),
    clusterLeases: (query, { signal } = {}) => ask('clusterLeases', { query, signal }),
    queues: ({ signal } = {}) => ask('queues', { signal }),
    throughput: async ({ signal } = {}) => (await ask('throughput', { signal })).samples,
    metrics: async ({ signal } = {}) =>
      (await textOf(base, fetchIt, 'metrics', { signal, headers: { accept: 'text/plain' } })).text,
    metricsLite: ({ signal } = {}) => ask('metricsLite', { signal }),
    alive: async ({ signal } = {}) => void (await ask('alive', { signal })),
    ready: ({ signal } = {}) => ask('ready', { signal, answeredBy: [503] }),
    health: ({ signal } = {}) => ask('health', { signal, answeredBy: [503] }),
  };
  return client;
}

/** As many as there may be (`limits.pageSizeMax`). */
const FILES_PER_PAGE = 200;
/** As many as there may be (`limits.logPageMax`). */
const LINES_PER_PAGE = 1_000;

/** The lines of every page, from one on. */
async function* entriesAfter(first: string, pageAfter: (after: string) => Promise<LogPage>): AsyncGenerator<JobLogLine, void> {
  for (let after: string | null = first; after !== null;) {
    const page: LogPage = await pageAfter(after);
    yield* page.lines;
    after = page.next_cursor;
  }
}

/** The entries of every page, one after the other; a page is asked for when the one before was read. */
async function* entriesOf<Query extends PageQuery, Page extends { next_cursor: string | null }, Entry>(
  query: Query | undefined,
  pageOf: (query: Query) => Promise<Page>,
  entries: (page: Page) => readonly Entry[],
): AsyncGenerator<Entry, void> {
  let cursor = query?.cursor;
  do {
    const page = await pageOf({ ...query, cursor } as Query);
    yield* entries(page);
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
}
