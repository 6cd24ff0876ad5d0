/** The API's description and the SDK are one contract: what stands in one stands in the other. */
import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import type { OpenAPIObject } from '@nestjs/swagger';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ANSWERS, limits } from '@manyhands/proto';
import { z } from 'zod';
import {
  createClient,
  ROUTES,
  type Client,
  type DeadLetterFilter,
  type FailureSearch,
  type GroupRequeue,
  type LogFilter,
  type HistoryFilter,
  type JobFilter,
  type JobSettings,
  type PageQuery,
} from '@manyhands/sdk';
import { createGateway } from '../application.ts';
import { readConfig } from '../config.ts';
import type { EdgeAdapter } from '../edge/edge-adapter.ts';
import { describeApi } from '../docs/api-document.ts';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

interface Operation {
  tags?: string[];
  parameters?: { name: string; in: string; schema?: Schema }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, { description: string; content?: Record<string, { schema: Schema }> }>;
}
type Schema = { $ref?: string; oneOf?: Schema[]; properties?: Record<string, Schema>; items?: Schema } & Record<string, unknown>;

let app: NestFastifyApplication;
let document: OpenAPIObject;
let operations: Map<string, Operation>;

beforeAll(async () => {
  app = await createGateway(readConfig({ NATS_URL: 'nats://127.0.0.1:1', MANYHANDS_LOG_LEVEL: 'silent' }));
  await app.init();
  document = JSON.parse(JSON.stringify(describeApi(app))) as OpenAPIObject;
  operations = new Map(
    Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation as Operation] as const),
    ),
  );
});
afterAll(() => app?.close());

const addressOf = ({ method, path }: { method: string; path: string }): string => `${method} ${path}`;
const named = (schema: Schema | undefined): string[] =>
  (schema?.oneOf ?? (schema ? [schema] : []))
    .map(({ $ref = '' }) => $ref.slice($ref.lastIndexOf('/') + 1))
    .filter((name) => name !== '');

/** Every field and query parameter a client can send. Typed, so that the compiler refuses one too few or too many. */
const settings: Required<JobSettings> = {
  chunks: 1,
  priority: 'low',
  on_dead_chunk: 'fail',
  max_attempts: 1,
  soft_limit_sec: 1,
  hard_limit_sec: 1,
  input: 'i',
  items: [],
  at_once: 1,
  max_failed: { share: 0.1 },
  tags: { team: 'web' },
  notify: { url: 'https://hooks.example/jobs', on: ['failed'], secret: 'HOOK_KEY' },
};
const page: Required<PageQuery> = { limit: 1, cursor: 'c' };
const jobFilter: Required<JobFilter> = { ...page, status: 'failed', kind: 'sum', tag: 'team=web', text: 'lisbon' };
const { limit: _most, cursor: _after, ...jobSearch } = jobFilter;
const historyFilter: Required<HistoryFilter> = {
  ...page,
  status: 'failed',
  kind: 'sum',
  from: '2026-01-01T00:00:00Z',
  to: '2027-01-01T00:00:00Z',
  tag: 'team=web',
  error: 'disk',
  longer_than: 1.5,
  shorter_than: 60,
};
const { limit: _limit, cursor: _cursor, ...historySearch } = historyFilter;
const logFilter: Required<LogFilter> = { level: 'warn', worker: 'w' };
const failureSearch: Required<FailureSearch> = { kind: 'sum', text: 'answered 503', limit: 1 };
const groupRequeue: Required<GroupRequeue> = { ...page, up_to: '7', others: 'requeue' };
const { others: _others, ...groupPage } = groupRequeue;
const deadLetterFilter: Required<DeadLetterFilter> = { ...page, job_id: 'j' };

/** One call of each function of the client, or several that together send all it can. */
const calls: { [Name in keyof Client]: (client: Client) => unknown } = {
  submit: async (client) => [
    await client.submit({ ...settings, kind: 'sum', params: {} }, { idempotencyKey: 'k' }),
    await client.submit({ n: 1 }),
  ],
  submitAndWait: (client) => client.submitAndWait({ n: 1 }, 1),
  schedule: async (client) => [
    await client.schedule({ n: 1, run_at: '2027-01-01T00:00:00Z' }),
    await client.schedule({ n: 1, cron: '@daily', time_zone: 'UTC' }),
  ],
  get: (client) => client.get('i'),
  submitDemo: (client) => client.submitDemo({ n: 1, chunks: 1 }),
  getDemo: (client) => client.getDemo('i'),
  list: (client) => client.list(jobFilter),
  each: (client) => client.each(jobFilter).next(),
  countJobs: (client) => client.countJobs({ ...jobSearch, action: 'cancel' }),
  bulk: (client) => client.bulk({ ...jobFilter, action: 'cancel', up_to: 'i' }),
  cancel: (client) => client.cancel('i'),
  pause: (client) => client.pause('i'),
  resume: (client) => client.resume('i'),
  requeue: (client) => client.requeue('i', { chunks: [[0, 1]] }),
  deleteJob: (client) => client.deleteJob('i'),
  share: (client) => client.share('i', { expires_in_hours: 1 }),
  shares: (client) => client.shares('i'),
  revokeShare: (client) => client.revokeShare('i', 's-1'),
  getShared: (client) => client.getShared('t-1'),
  watch: (client) => client.watch('i', { lastEventId: '7' }).next(),
  wait: (client) => client.wait('i'),
  profile: (client) => client.profile('i'),
  leases: (client) => client.leases('i'),
  chunks: (client) => client.chunks('i', { ...page, state: 'done' }),
  results: (client) => client.results('i', { from: 1, limit: 1 }).next(),
  resultsFile: (client) => client.resultsFile('i', 'csv', { from: 1, limit: 1 }),
  failures: (client) => client.failures('i', { from: 1, limit: 1 }).next(),
  result: (client) => client.result('i'),
  resultFile: (client) => client.resultFile('i'),
  files: (client) => client.files('i', { limit: 1, cursor: '1-a' }),
  eachFile: (client) => client.eachFile('i').next(),
  file: (client) => client.file('i', '1-a'),
  logs: async (client) => [
    await client.logs('i').next(),
    await client.logs('i', { ...logFilter, follow: true, after: '7' }).next(),
  ],
  logPage: (client) => client.logPage('i', { ...logFilter, limit: 1, after: '1', before: '2' }),
  map: () => 'upload, submit, watch, results and failures',
  run: () => 'submit, watch and result',
  history: (client) => client.history(historyFilter),
  historyCsv: (client) => client.historyCsv(historySearch),
  trends: (client) => client.trends({ ...historySearch, by: 'day' }),
  kept: (client) => client.kept('i'),
  eachFinished: (client) => client.eachFinished(historyFilter).next(),
  statistics: (client) => client.statistics(),
  deadLetters: (client) => client.deadLetters(deadLetterFilter),
  eachDeadLetter: (client) => client.eachDeadLetter(deadLetterFilter).next(),
  discardDeadLetter: (client) => client.discardDeadLetter('i'),
  failureGroups: (client) => client.failureGroups(failureSearch),
  failureGroup: (client) => client.failureGroup('i', page),
  requeueGroup: (client) => client.requeueGroup('i', groupRequeue),
  discardGroup: (client) => client.discardGroup('i', groupPage),
  upload: (client) => client.upload('[]', { form: 'json', kind: 'sum' }),
  getInput: (client) => client.getInput('i'),
  deleteInput: (client) => client.deleteInput('i'),
  schedules: (client) => client.schedules(page),
  eachSchedule: (client) => client.eachSchedule(page).next(),
  getSchedule: (client) => client.getSchedule('i'),
  pauseSchedule: (client) => client.pauseSchedule('i'),
  resumeSchedule: (client) => client.resumeSchedule('i'),
  deleteSchedule: (client) => client.deleteSchedule('i'),
  kinds: (client) => client.kinds(),
  estimate: (client) => client.estimate('i', { params: {}, chunks: 1 }),
  removeKind: (client) => client.removeKind('i'),
  workers: (client) => client.workers(),
  workerRecord: (client) => client.workerRecord(),
  drainWorker: (client) => client.drainWorker('i'),
  clusterLeases: (client) => client.clusterLeases({ after: '1' }),
  queues: (client) => client.queues(),
  throughput: (client) => client.throughput(),
  metrics: (client) => client.metrics(),
  metricsLite: (client) => client.metricsLite(),
  auth: (client) => client.auth(),
  signInProviders: (client) => client.signInProviders(),
  register: (client) => client.register({ email: 'e', password: 'p' }),
  login: (client) => client.login({ email: 'e', password: 'p' }),
  loginByLink: (client) => client.loginByLink('t'),
  refresh: (client) => client.refresh(),
  logout: (client) => client.logout(),
  logoutEverywhere: (client) => client.logoutEverywhere(),
  changePassword: (client) => client.changePassword({ old_password: 'o', new_password: 'n', email: 'e' }),
  ticket: (client) => client.ticket(),
  me: (client) => client.me(),
  sessions: (client) => client.sessions(),
  endSession: (client) => client.endSession('i'),
  keys: (client) => client.keys(),
  createKey: (client) => client.createKey({ name: 'n', scopes: ['read'], expires_at: '2027-01-01T00:00:00Z' }),
  revokeKey: (client) => client.revokeKey('i'),
  users: (client) => client.users(page),
  resetPassword: (client) => client.resetPassword('i'),
  disableUser: (client) => client.disableUser('i'),
  enableUser: (client) => client.enableUser('i'),
  setRole: (client) => client.setRole('i', 'admin'),
  alive: (client) => client.alive(),
  ready: (client) => client.ready(),
  health: (client) => client.health(),
};

/** What is sent as JSON. */
const bodies = [
  'BulkBody',
  'GroupBody',
  'GroupRequeueBody',
  'RequeueBody',
  'DemoBody',
  'JobBody',
  'KeyBody',
  'LinkBody',
  'LoginBody',
  'PasswordBody',
  'RegisterBody',
  'RoleBody',
  'ShareBody',
];
/** Their bounds are those of the systems whose scripts send them. */
const compatibleBodies = ['BatchBody', 'UploadBody', 'CountPrimesBody', 'ExecuteBody', 'LaneJobBody', 'TaskBody'];

/** What the client sends when each of its functions is called: by route, the names of query, headers and body. */
async function sentByClient(): Promise<Map<string, { query: Set<string>; header: Set<string>; body: Set<string> }>> {
  const sent = new Map<string, { query: Set<string>; header: Set<string>; body: Set<string> }>();
  const client = createClient({
    baseUrl: 'http://gateway',
    tenant: 'another',
    fetch: ((input: string, init: RequestInit = {}) => {
      const url = new URL(input);
      const path = url.pathname.replace(/\/i(?=\/|$)/, '/{id}').replace('/1-a', '/{name}');
      const route = `${init.method ?? 'GET'} ${path.replace('/s-1', '/{share_id}').replace('/t-1', '/{token}')}`;
      const known = sent.get(route) ?? { query: new Set(), header: new Set(), body: new Set() };
      sent.set(route, known);
      for (const name of url.searchParams.keys()) known.query.add(name);
      for (const name of Object.keys(init.headers ?? {})) known.header.add(name.toLowerCase());
      for (const name of Object.keys(JSON.parse((init.body as string | undefined) ?? '{}') as object)) known.body.add(name);
      if (url.pathname.endsWith('/events')) return Promise.resolve(new Response(null, { status: 204 }));
      return Promise.resolve(
        Response.json({ jobs: [], dead_letters: [], files: [], lines: [], schedules: [], next_cursor: null }),
      );
    }) as typeof fetch,
  });
  for (const call of Object.values(calls)) await call(client);
  return sent;
}

/** The client has no use of the routes that are there for scripts of other task queues, or that a browser opens. */
const isForOthers = ([, { tags = [] }]: [string, Operation]): boolean =>
  tags.includes('compatible routes') || tags.includes('for browsers');

test('every route that is described is called by the client, and every route it calls is described', async () => {
  const described = [...operations]
    .filter((operation) => !isForOthers(operation))
    .map(([route]) => route)
    .sort();
  expect([...(await sentByClient()).keys()].sort()).toEqual(described);
  expect(Object.values(ROUTES).map(addressOf).sort()).toEqual(described);
});

test('every route there is is described, apart from pages and the description itself', () => {
  const { routes } = (app.getHttpAdapter() as unknown as EdgeAdapter).door.routes;
  const other = routes.filter(
    ([method, url]) => method !== 'HEAD' && !operations.has(`${method} ${url.replace(/:(\w+)/g, '{$1}')}`),
  );
  expect(other.map(([, url]) => url).filter((url) => !/^\/(docs|redoc|reference|openapi)/.test(url))).toEqual(['/*']);
});

test('the client sends every parameter and field that is described, and no other', async () => {
  for (const [route, { query, header, body }] of await sentByClient()) {
    const { parameters = [], requestBody } = operations.get(route)!;
    const namesIn = (place: string): string[] => parameters.filter((parameter) => parameter.in === place).map(({ name }) => name);
    // The event id and the key go in headers; the parameters are for clients that cannot send them. NDJSON of a log is for shells.
    expect([...query].sort(), route).toEqual(
      namesIn('query')
        .filter((name) => !['last_event_id', 'ticket'].includes(name) && `${route} ${name}` !== 'GET /v1/jobs/{id}/logs format')
        .sort(),
    );
    const headers = namesIn('header').map((name) => name.toLowerCase());
    expect([...header].filter((name) => !['accept', 'content-type'].includes(name)).sort(), route).toEqual(headers.sort());
    const [schema] = named(requestBody?.content['application/json']?.schema);
    const described = schema === undefined ? {} : (document.components!.schemas![schema] as Schema).properties;
    expect([...body].sort(), route).toEqual(Object.keys(described ?? {}).sort());
  }
});

test('the client gives each answer the type that is described', () => {
  for (const route of Object.values(ROUTES)) {
    const { responses } = operations.get(addressOf(route))!;
    const described = Object.entries(responses)
      .filter(([status]) => status.startsWith('2'))
      .flatMap(([, { content = {} }]) => Object.values(content).flatMap(({ schema }) => named(schema)));
    expect(described.sort(), addressOf(route)).toEqual([...route.answers].sort());
  }
  const schemas = Object.keys(document.components!.schemas!).sort();
  expect(schemas).toEqual([...Object.keys(ANSWERS), ...bodies, ...compatibleBodies].sort());
});

test('every status that the gateway refuses with is described on every route that can answer it, with its shape', async () => {
  const statuses = new Set<string>();
  for await (const file of glob('**/*.ts', {
    cwd: `${import.meta.dirname}/..`,
    exclude: (name) => /\.(spec|fixture)\./.test(name),
  })) {
    const text = readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
    for (const [, status] of text.matchAll(/(?:status: |new Problem\(\s*|_[a-z]+: |bad_request: )([45]\d\d)\b/g))
      statuses.add(status!);
  }
  expect(statuses.size).toBeGreaterThan(10);
  const all = [...operations.values()].flatMap(({ responses }) => Object.entries(responses));
  const described = new Set(
    all.flatMap(([status, { description }]) => [status, ...(status === 'default' ? (description.match(/\d{3}/g) ?? []) : [])]),
  );
  expect([...statuses].filter((status) => !described.has(status))).toEqual([]);
  const standing = { 'GET /readyz': 'Readiness', 'GET /monitoring/health': 'SystemHealth' };
  for (const [route, { responses }] of operations) {
    expect(Object.keys(responses), route).toEqual(expect.arrayContaining(['400', '421', '500', '503', 'default']));
    for (const [status, { content }] of Object.entries(responses)) {
      if (/^[123]/.test(status)) continue;
      const [shape] = named(content!['application/json']!.schema);
      expect(shape, `${route} ${status}`).toBe(
        status === '503' && route in standing
          ? standing[route as keyof typeof standing]
          : status !== 'default' && / \/v1\/(files|batches)/.test(route)
            ? 'OpenAiError'
            : status === '422'
              ? 'FieldProblems'
              : 'Problem',
      );
    }
  }
});

test('every route that makes a job states the limits of who submits: none is a way around them', () => {
  const makes = [...operations].filter(([, { responses }]) =>
    ['JobAccepted', 'CompatPrimesAccepted', 'CompatTaskAccepted', 'CompatSubmissionAccepted'].some((name) =>
      JSON.stringify([responses['201'] ?? {}, responses['202'] ?? {}]).includes(`/${name}"`),
    ),
  );
  expect(makes.map(([route]) => route).sort()).toEqual(
    expect.arrayContaining(['POST /api/count-primes', 'POST /api/submissions/execute', 'POST /tasks', 'POST /v1/jobs']),
  );
  for (const [route, { responses }] of [...makes, ['POST /jobs', operations.get('POST /jobs')!] as const])
    expect(Object.keys((responses['201'] ?? responses['202']) as { headers?: object }), route).toContain('headers');
});

// Not sent, as those of the other bodies are (`api-document.int.spec.ts`): they would make accounts.
test('each field of the bodies of accounts has an example that fits it', () => {
  const ofAccounts = [...operations].filter(
    ([, { tags, requestBody }]) => tags?.includes('accounts') && requestBody !== undefined,
  );
  const names = ofAccounts.flatMap(([, { requestBody }]) => named(requestBody!.content['application/json']!.schema));
  expect(names.length).toBeGreaterThanOrEqual(6);
  for (const name of names)
    for (const [field, schema] of Object.entries((document.components!.schemas![name] as Schema).properties!)) {
      const read = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]).safeParse(schema['example']);
      expect(read.success, `${name}.${field} ${JSON.stringify(schema['example'])}`).toBe(true);
    }
});

test('every limit that is described is one of `limits`, or belongs to a number that is always so', () => {
  const known = new Set<unknown>(Object.values(limits));
  const bounds = ['maximum', 'maxLength', 'maxItems', 'default'];
  const unknown: string[] = [];
  const walk = (value: unknown, path: string): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (bounds.includes(key) && typeof inner === 'number' && !known.has(inner)) unknown.push(`${path}.${key} ${inner}`);
      walk(inner, `${path}.${key}`);
    }
  };
  walk(document.paths, 'paths');
  for (const body of bodies) walk(document.components!.schemas![body], body);
  expect(unknown).toEqual([]);
});
