/**
 * Every route, by every kind of caller, against one table; and nothing of one tenant in anything that another can read.
 *
 * The routes are those of `/openapi.json`, with the scope that each states there: a new route is in here by itself, and has to have a row.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { coreSubjects, deadSubjects, encode, logSubjects, newInputId, newJobId, type DeadChunk } from '@manyhands/proto';
import { causeOf } from '@manyhands/proto/failure-groups';
import { aJobView, aKindRegistration, aWorkerHeartbeat, eventually, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { readConfig } from '../config.ts';
import { fingerprintOf } from '../failures/group-view.ts';
import { startFixture, type GatewayFixture } from '../gateway.fixture.ts';
import { playCallers, type PlayedCallers } from './played-callers.fixture.ts';

const markerOf = (tenant: string): string => `MARKER-OF-${tenant.toUpperCase()}`;

let nats: NatsServer;
let gateway: GatewayFixture;
let callers: PlayedCallers;
let operations: Operation[];
let readOnly: Headers, admin: Headers, ann: Headers, bob: Headers;

type Headers = Record<'authorization', string>;
interface Operation {
  name: string;
  method: string;
  path: string;
  access: 'public' | 'read' | 'write' | 'admin';
  takesTenant: boolean;
}

/** What a tenant has. */
interface Things {
  running: string;
  completed: string;
  failed: string;
  letter: string;
  cause: string;
  input: string;
  file: string;
  batch: string;
  schedule: string;
}

/** What stands for `{id}` in each route, and what one is answered who may ask. Without `of`, the route has no id, or one that belongs to no tenant. */
const TABLE: Record<string, { of?: keyof Things; status: number; body?: unknown; id?: string }> = {
  'POST /v1/jobs': { status: 202, body: { n: 100 } },
  'GET /v1/jobs': { status: 200 },
  'GET /v1/jobs/count': { status: 200 },
  'POST /v1/jobs/bulk': { status: 200, body: { action: 'resume' } },
  'GET /v1/jobs/{id}': { of: 'running', status: 200 },
  'DELETE /v1/jobs/{id}': { of: 'running', status: 204 },
  'POST /v1/jobs/{id}/pause': { of: 'running', status: 204 },
  'POST /v1/jobs/{id}/resume': { of: 'running', status: 204 },
  // What it computed is not stored here.
  'POST /v1/jobs/{id}/requeue': { of: 'failed', status: 409 },
  'POST /v1/jobs/{id}/delete': { of: 'running', status: 409 },
  'GET /v1/jobs/{id}/results': { of: 'running', status: 409 },
  'GET /v1/jobs/{id}/failures': { of: 'failed', status: 200 },
  'GET /v1/jobs/{id}/result': { of: 'completed', status: 200 },
  'GET /v1/jobs/{id}/files': { of: 'completed', status: 200 },
  // It left none of this name.
  'GET /v1/jobs/{id}/files/{name}': { of: 'completed', status: 404 },
  'GET /v1/jobs/{id}/logs': { of: 'completed', status: 200 },
  'GET /v1/jobs/{id}/logs/events': { of: 'completed', status: 200 },
  'GET /v1/jobs/{id}/events': { of: 'completed', status: 200 },
  'GET /v1/jobs/{id}/profile': { of: 'completed', status: 200 },
  'GET /v1/jobs/{id}/leases': { of: 'completed', status: 200 },
  'GET /v1/jobs/{id}/shares': { of: 'running', status: 200 },
  'POST /v1/jobs/{id}/shares': { of: 'running', status: 201, body: { expires_in_hours: 1 } },
  // It has no such link.
  'DELETE /v1/jobs/{id}/shares/{share_id}': { of: 'running', status: 404 },
  // Its job never had chunks here.
  'GET /v1/jobs/{id}/chunks': { of: 'completed', status: 200 },
  // The metrics service is not there.
  'GET /v1/history': { status: 503 },
  'GET /v1/history/csv': { status: 503 },
  'GET /v1/history/trends': { status: 503 },
  'GET /v1/jobs/{id}/history': { status: 404 },
  'GET /v1/me/statistics': { status: 503 },
  'GET /v1/dead-letters': { status: 200 },
  'DELETE /v1/dead-letters/{id}': { of: 'letter', status: 204 },
  'GET /v1/failures': { status: 200 },
  'GET /v1/failures/{id}': { of: 'cause', status: 200 },
  'POST /v1/failures/{id}/requeue': { of: 'cause', status: 200 },
  'POST /v1/failures/{id}/discard': { of: 'cause', status: 200 },
  'POST /v1/inputs': { status: 201, body: [1, 2] },
  'GET /v1/inputs/{id}': { of: 'input', status: 200 },
  'DELETE /v1/inputs/{id}': { of: 'input', status: 204 },
  'GET /v1/schedules': { status: 200 },
  'GET /v1/schedules/{id}': { of: 'schedule', status: 200 },
  'POST /v1/schedules/{id}/pause': { of: 'schedule', status: 200 },
  'POST /v1/schedules/{id}/resume': { of: 'schedule', status: 200 },
  'DELETE /v1/schedules/{id}': { of: 'schedule', status: 204 },
  'GET /v1/kinds': { status: 200 },
  // The metrics service is not there.
  'GET /v1/kinds/{id}/estimate': { status: 503, id: 'sum' },
  'DELETE /v1/kinds/{id}': { status: 404, id: 'none' },
  'GET /v1/workers': { status: 200 },
  'GET /v1/workers/record': { status: 200 },
  'POST /v1/workers/{id}/drain': { status: 404, id: 'none' },
  'GET /v1/leases': { status: 200 },
  'GET /v1/queues': { status: 503 },
  'GET /v1/throughput': { status: 200 },
  'GET /metrics': { status: 200 },
  'GET /metrics-lite': { status: 200 },
  // Only the kind sum is there.
  'POST /api/count-primes': { status: 400, body: { n: 20_000, chunks: 4 } },
  'GET /api/jobs/{id}': { of: 'completed', status: 200 },
  'POST /tasks': { status: 400, body: { metadata: {} } },
  'GET /tasks/{id}': { of: 'completed', status: 200 },
  'GET /tasks/{id}/stream': { of: 'completed', status: 200 },
  'GET /api/queue/stats': { status: 503 },
  'POST /api/submissions/execute': { status: 400, body: { code: 'x' } },
  'GET /api/submissions/status/{id}': { of: 'completed', status: 200 },
  'POST /jobs': { status: 201, body: { type: 'sum', payload: { n: 100 } } },
  'GET /jobs': { status: 200 },
  'GET /jobs/{id}': { of: 'completed', status: 200 },
  'GET /jobs/queue-depths': { status: 503 },
  'GET /jobs/dead-letter/list': { status: 200 },
  'POST /jobs/{id}/requeue': { of: 'failed', status: 409 },
  // No form is sent here.
  'POST /v1/files': { status: 415, body: {} },
  'GET /v1/files': { status: 200 },
  'GET /v1/files/{id}': { of: 'file', status: 200 },
  'GET /v1/files/{id}/content': { of: 'file', status: 200 },
  'DELETE /v1/files/{id}': { of: 'file', status: 200 },
  // There is no such file.
  'POST /v1/batches': {
    status: 404,
    body: { input_file_id: 'file-none', endpoint: '/v1/embeddings', completion_window: '24h' },
  },
  'GET /v1/batches': { status: 200 },
  'GET /v1/batches/{id}': { of: 'batch', status: 200 },
  // It is over.
  'POST /v1/batches/{id}/cancel': { of: 'batch', status: 409 },
};
/** Those of accounts have tables of their own; here only who gets to them is looked at. */
const isOfAccounts = (name: string): boolean => /\/v1\/(auth|me|keys|users)(\/|$)/.test(name) && !name.endsWith('/statistics');

beforeAll(async () => {
  nats = await startNatsServer();
  // Each row makes a schedule of its own.
  gateway = await startFixture(nats.url, {
    auth: 'on',
    quotas: readConfig({ MANYHANDS_QUOTA_JOBS: 'off', MANYHANDS_QUOTA_SCHEDULES: 'off' }).quotas,
  });
  callers = playCallers(gateway.app);
  ann = callers.add('ann');
  bob = callers.add('bob');
  admin = callers.add('root', { role: 'admin' });
  readOnly = callers.add('key of ann', { tenant: 'ann', by: 'key', scopes: ['read'] });
  await gateway.world.register(aKindRegistration());
  await gateway.world.coordinate('c1');
  // A history that keeps nothing yet.
  const nothing = { v: 1, type: 'KeptJob', job: null, rounds: [], failures: [], lines: [], failure_count: 0, line_count: 0 };
  gateway.world.broker.connection.subscribe(coreSubjects.queryKept, {
    callback: (_error, message) => void message.respond(encode(nothing)),
  });
  await eventually(async () => expect((await gateway.call('/v1/jobs', { headers: ann })).status).toBe(200));
  const document = (await gateway.call('/openapi.json')).json as {
    paths: Record<string, Record<string, { security: { bearer: [Operation['access']] }[]; parameters?: { name: string }[] }>>;
  };
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { security, parameters = [] }]) => ({
      name: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase(),
      path,
      access: security[0]?.bearer[0] ?? ('public' as const),
      takesTenant: parameters.some(({ name }) => name === 'tenant'),
    })),
  );
});
afterAll(async () => {
  await gateway?.stop();
  await nats?.stop();
});

/** All kinds of things of a tenant, each with the marker somewhere inside. */
async function thingsOf(tenant: string, headers: Headers): Promise<Things> {
  const { world } = gateway;
  const marker = markerOf(tenant);
  const view = (status: 'running' | 'completed' | 'failed') =>
    aJobView({ job_id: newJobId(), tenant, status, detail: marker, params: { n: 1, note: marker }, tags: { team: marker } });
  const [running, completed, failed] = [view('running'), { ...view('completed'), result: marker }, view('failed')];
  const batch = {
    ...view('completed'),
    kind: 'llm',
    params: { endpoint: '/v1/embeddings', metadata: { note: marker } },
    input: { id: newInputId(), records: 1, by: 'record' as const },
  };
  for (const job of [running, completed, { ...failed, failed_chunks: 1 }, batch]) await world.save(job);
  const line = {
    v: 1,
    type: 'LogLine',
    job_id: completed.job_id,
    level: 'info',
    text: marker,
    worker: 'w1',
    chunk: 0,
    attempt: 0,
    at: new Date(),
  };
  const letter: DeadChunk = {
    v: 1,
    type: 'DeadChunk',
    job_id: failed.job_id,
    tenant,
    kind: 'sum',
    begin: 0,
    end: 1,
    round: 0,
    error: { code: 'compute_failed', message: marker, retryable: false },
    runs: [],
    died_at: new Date().toISOString(),
  };
  await world.outbox.publishAll([
    { subject: logSubjects.ofJob(tenant, completed.job_id), data: encode(line) },
    { subject: deadSubjects.chunk(tenant, failed.job_id, letter.round, letter.begin), data: encode(letter) },
  ]);
  const sent = { 'content-type': 'application/json', ...headers };
  const input = await gateway.call('/v1/inputs?form=json', { method: 'POST', headers: sent, body: JSON.stringify([marker]) });
  const form = new FormData();
  const request = JSON.stringify({ custom_id: marker, method: 'POST', url: '/v1/embeddings', body: {} });
  form.append('file', new Blob([request]), 'questions.jsonl');
  form.append('purpose', 'batch');
  const file = await gateway.call('/v1/files', { method: 'POST', headers, body: form });
  const schedule = await gateway.post({ n: 7, cron: '@daily', tags: { team: marker } }, { headers });
  expect([input.status, file.status, schedule.status], schedule.text).toEqual([201, 200, 202]);
  return {
    running: running.job_id,
    completed: completed.job_id,
    failed: failed.job_id,
    letter: `${failed.job_id}-${letter.round}-${letter.begin}`,
    cause: fingerprintOf(causeOf(letter.error)),
    input: (input.json as { input_id: string }).input_id,
    file: (file.json as { id: string }).id,
    batch: `batch_${batch.job_id}`,
    schedule: (schedule.json as { schedule_id: string }).schedule_id,
  };
}

/** Sends a request of the table. Of a stream the first piece is read. */
async function ask(
  { name, method, path }: Operation,
  headers: Partial<Headers>,
  id: string,
  query = '',
): Promise<{ status: number; text: string }> {
  const { body } = TABLE[name] ?? {};
  const left = new AbortController();
  const filled = path.replace('{id}', id).replace('{name}', 'none.txt').replace('{share_id}', '0123456789abcdef');
  const response = await fetch(`${gateway.origin}${filled}${query}`, {
    method,
    headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: left.signal,
  });
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
  if (!isStream) return { status: response.status, text: await response.text() };
  const first = await response.body!.getReader().read();
  left.abort();
  return { status: response.status, text: new TextDecoder().decode(first.value) };
}

const inTable = (): (Operation & { row: (typeof TABLE)[string] })[] =>
  operations.flatMap((operation) => {
    const row = TABLE[operation.name];
    return row === undefined ? [] : [{ ...operation, row }];
  });
const anId = (): string => newJobId();
const idIn = (row: (typeof TABLE)[string], things: Things): string => row.id ?? (row.of === undefined ? anId() : things[row.of]);

test('every route that is not public has a row', () => {
  const rows = operations.filter(({ access, name }) => access !== 'public' && !isOfAccounts(name)).map(({ name }) => name);
  expect(rows.filter((name) => TABLE[name] === undefined)).toEqual([]);
});

describe('401', () => {
  test('is what a client gets that shows nothing, what was revoked, or what has expired', async () => {
    const revoked = callers.add('revoked');
    callers.revoke('revoked');
    const expired = callers.add('expired', { untilMs: Date.now() - 1 });
    const wrong = { authorization: 'Bearer nonsense' };
    const guarded = operations.filter(({ access }) => access !== 'public');
    expect(guarded.length).toBeGreaterThan(25);
    for (const operation of guarded)
      for (const headers of [{}, revoked, expired, wrong])
        expect(await ask(operation, headers, anId()), `${operation.name} ${JSON.stringify(headers)}`).toMatchObject({
          status: 401,
        });
  });

  test('is no answer of a public route', async () => {
    const open = operations.filter(({ access, name }) => access === 'public' && !isOfAccounts(name));
    expect(open.map(({ name }) => name)).toEqual(expect.arrayContaining(['GET /healthz', 'GET /readyz']));
    for (const operation of open) expect((await ask(operation, {}, anId())).status, operation.name).not.toBe(401);
  });
});

describe('403', () => {
  test('is what a key gets without the scope that a route states', async () => {
    for (const operation of operations.filter(({ access }) => access === 'write' || access === 'admin'))
      expect((await ask(operation, readOnly, anId())).status, operation.name).toBe(403);
    const adminKey = callers.add('key of root', { role: 'admin', by: 'key', scopes: ['read', 'write'] });
    for (const operation of operations.filter(({ access }) => access === 'admin'))
      expect((await ask(operation, adminKey, anId())).status, operation.name).toBe(403);
  });

  test('is what a user gets for code that no bubblewrap would hold, with what to do about it; where one does, the code is taken', async () => {
    const { world } = gateway;
    await world.register(aKindRegistration({ kind: 'coded', sandboxed: true, params_schema: { type: 'object' } }));
    await eventually(async () =>
      expect((await gateway.call('/v1/kinds', { headers: bob })).json).toMatchObject({
        kinds: expect.arrayContaining([expect.objectContaining({ kind: 'coded' })]) as object[],
      }),
    );
    const submitted = () => gateway.post({ kind: 'coded', params: {}, chunks: 1 }, { headers: bob });
    const beat = aWorkerHeartbeat({ worker: 'coded-1', kinds: ['coded'] });
    await world.beat({ ...beat, unconfined: ['coded'] });
    const refused = await submitted();
    expect(refused.status).toBe(403);
    expect(refused.text).toMatch(
      /may not run code of its own here: the kind coded needs a worker with bubblewrap.*MANYHANDS_TRUSTED_ACCOUNTS/,
    );
    await world.beat(beat);
    await eventually(async () => expect((await submitted()).status).toBe(202));
  });

  test('is what a user gets where only administrators may', async () => {
    const forAdmins = operations.filter(({ access }) => access === 'admin').map(({ name }) => name);
    expect(forAdmins).toEqual(
      expect.arrayContaining([
        'GET /v1/workers',
        'GET /v1/workers/record',
        'POST /v1/workers/{id}/drain',
        'GET /v1/leases',
        'GET /v1/queues',
        'GET /v1/throughput',
        'GET /metrics',
        'DELETE /v1/kinds/{id}',
      ]),
    );
    for (const operation of operations.filter(({ access }) => access === 'admin'))
      expect((await ask(operation, bob, anId())).status, operation.name).toBe(403);
  });

  test('is what a user gets who asks for another tenant, whether it has the thing or not', async () => {
    const things = await thingsOf('ann', ann);
    const asked = inTable().filter(({ takesTenant }) => takesTenant);
    expect(asked.length).toBeGreaterThan(20);
    for (const operation of asked) {
      const answers = [
        await ask(operation, bob, idIn(operation.row, things), '?tenant=ann'),
        await ask(operation, bob, anId(), '?tenant=nobody'),
        await ask(operation, readOnly, anId(), '?tenant=bob'),
      ];
      for (const { status } of answers) expect(status, operation.name).toBe(403);
    }
  });
});

describe('404', () => {
  test('is what another tenant gets, the same as for what is not there', async () => {
    const things = await thingsOf('ann', ann);
    for (const operation of inTable().filter(({ row }) => row.of !== undefined)) {
      const theirs = await ask(operation, bob, idIn(operation.row, things));
      expect(theirs, operation.name).toEqual(await ask(operation, bob, operation.row.of === 'letter' ? `${anId()}-0-0` : anId()));
      expect(theirs.status, operation.name).toBe(404);
      // Administrators too, unless they state the tenant.
      expect((await ask(operation, admin, idIn(operation.row, things))).status, operation.name).toBe(404);
    }
  });

  test.each(['*', '%3E', 'ann.*', '*.*', '%2A', 'a%20b', '..%2Fjobs', 'ann.0193e4a0-0000-7000-8000-000000000000'])(
    'is what %s gets for an id, from the routes of every tenant',
    async (id) => {
      for (const operation of operations.filter(({ path }) => path.includes('{id}')))
        for (const query of operation.takesTenant ? ['', '?tenant=ann'] : [''])
          // 422: a route that reads its body first.
          expect([403, 404, 422], operation.name).toContain((await ask(operation, admin, id, query)).status);
    },
  );
});

describe('one who may ask gets the answer of the table:', () => {
  test.each(['the tenant', 'a key of it, for what it may', 'an administrator, who names the tenant'] as const)(
    '%s',
    async (who) => {
      for (const operation of inTable()) {
        const { access, takesTenant, row, name } = operation;
        if (who === 'the tenant' && access === 'admin') continue;
        if (who === 'a key of it, for what it may' && access !== 'read') continue;
        const headers = who === 'the tenant' ? ann : who === 'an administrator, who names the tenant' ? admin : readOnly;
        const things = row.of === undefined ? undefined : await thingsOf('ann', ann);
        const id = things === undefined ? (row.id ?? anId()) : idIn(row, things);
        const { status, text } = await ask(operation, headers, id, headers === admin && takesTenant ? '?tenant=ann' : '');
        expect(status, `${name}: ${text}`).toBe(row.status);
      }
    },
  );

  test('an administrator may list what all tenants have, each with its tenant', async () => {
    const things = await thingsOf('ann', ann);
    const ofBob = await thingsOf('bob', bob);
    for (const [path, ids] of [
      ['/v1/jobs', [things.running, ofBob.running]],
      ['/v1/dead-letters', [things.letter, ofBob.letter]],
      ['/v1/schedules', [things.schedule, ofBob.schedule]],
    ] as const) {
      const { text, json } = await gateway.call(`${path}?tenant=*&limit=100`, { headers: admin });
      for (const id of ids) expect(text, path).toContain(id);
      const [entries] = Object.values(json as Record<string, { tenant: string }[]>);
      expect(
        entries!.map(({ tenant }) => tenant),
        path,
      ).toEqual(expect.arrayContaining(['ann', 'bob']));
    }
  });

  test('an administrator may list and count what one user has, and gets nothing of another in it', async () => {
    const [things, ofBob] = [await thingsOf('ann', ann), await thingsOf('bob', bob)];
    const { count } = (await gateway.call('/v1/jobs/count', { headers: ann })).json as { count: number };
    expect((await gateway.call('/v1/jobs/count?tenant=ann', { headers: admin })).json).toMatchObject({ count });
    expect(((await gateway.call('/v1/jobs/count', { headers: admin })).json as { count: number }).count).toBeLessThan(count);
    for (const path of ['/v1/jobs', '/v1/dead-letters', '/v1/schedules', '/v1/files', '/v1/batches', '/jobs']) {
      const asked = await gateway.call(`${path}?tenant=ann${path === '/jobs' ? '' : '&limit=100'}`, { headers: admin });
      expect(asked.status, asked.text).toBe(200);
      const found = (id: string) => asked.text.includes(id);
      expect(Object.values(things).some(found), path).toBe(true);
      expect(Object.values(ofBob).filter(found), path).toEqual([]);
    }
  });
});

test('nothing of a tenant is in anything that another, or no one, can read', async () => {
  const marker = markerOf('ann');
  const things = await thingsOf('ann', ann);
  // An error may have something in it of the job that it came from.
  const stuck = [{ partition: '03', for_sec: 60, why: `it was released after an error: ${marker}` }];
  const coordinator = { coordinator: 'c2', host: 'h', pid: 1, started_at: new Date().toISOString(), stuck };
  const beat = encode({ v: 1, type: 'CoordinatorHeartbeat', ...coordinator });
  await (await gateway.world.bucket('coordinators')).put('c2', beat, { ttlMs: 120_000 });
  await eventually(async () => expect((await gateway.call('/readyz')).text).toContain('Partition 03'));
  const lease = { job_id: things.running, lease: '0-1-0', kind: 'sum' };
  await gateway.world.beat(aWorkerHeartbeat({ leases: [lease] }));
  const calls: [string, () => Promise<{ text: string }>][] = [];
  for (const operation of operations.filter(({ name }) => !isOfAccounts(name)))
    for (const headers of [bob, {}])
      for (const id of operation.path.includes('{id}') ? Object.values(things) : [''])
        for (const query of operation.takesTenant ? ['', '?tenant=ann', '?tenant=*'] : [''])
          calls.push([`${operation.name} ${id} ${query}`, () => ask(operation, headers, id, query)]);
  const submit = (body: object) => gateway.post(body, { headers: bob });
  calls.push(['submit with an input', () => submit({ kind: 'sum', params: { n: 1 }, input: things.input })]);
  calls.push([
    'submit with the lines of a job',
    () => submit({ kind: 'sum', params: { n: 1 }, input: { job: things.completed } }),
  ]);
  calls.push(['a list by tag', () => gateway.call(`/v1/jobs?tag=team=${marker.toLowerCase()}`, { headers: bob })]);
  for (const path of ['/reference', '/openapi.json', '/monitoring/health', '/nothing', `/v1/jobs/${things.running}/nothing`])
    calls.push([path, () => gateway.call(path, { headers: bob })]);
  calls.push(['metrics, by an administrator', () => gateway.call('/metrics', { headers: admin })]);
  expect(calls.length).toBeGreaterThan(200);
  for (const [what, call] of calls) {
    const { text } = await call();
    expect(text, what).not.toContain(marker);
    // Only what was asked for is named in a refusal.
    for (const id of Object.values(things))
      if (!what.includes(id) && !what.startsWith('submit')) expect(text, what).not.toContain(id);
  }
  expect((await gateway.call('/v1/jobs', { headers: ann })).text).toContain(marker);
});
