/** The example of each of the five, as its own documentation has it, against a real gateway; the rest of the system is played. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  deadSubjects,
  encode,
  keys,
  LOCAL_TENANT,
  type DeadChunk,
  type JobStatus,
  type JobView,
  type QueueStats,
} from '@manyhands/proto';
import { createOutbox, putResultsRecord, storeObject } from '@manyhands/broker';
import { aJobView, aKindRegistration, aWorkerHeartbeat, eventually, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startFixture, type GatewayFixture } from '../gateway.fixture.ts';

let nats: NatsServer;
let gateway: GatewayFixture;
let web: string;

beforeAll(async () => {
  nats = await startNatsServer();
  web = await mkdtemp(join(tmpdir(), 'manyhands-web-'));
  await writeFile(join(web, '200.html'), '<!doctype html><title>page</title>');
  gateway = await startFixture(nats.url, { webFolder: web });
  await gateway.world.register(aKindRegistration({ kind: 'vector-processing', params_schema: { type: 'object' } }));
  await gateway.world.register(
    aKindRegistration({
      kind: 'primes',
      params_schema: {
        type: 'object',
        properties: { n: { type: 'integer' }, metadata: { type: 'object' }, url: { type: 'string' } },
        additionalProperties: false,
      },
    }),
  );
  // As a worker registers it: code that declares no `map` is refused.
  const code = { type: 'string', contentMediaType: 'text/javascript', 'x-declares': ['map'] };
  await gateway.world.register(
    aKindRegistration({
      kind: 'script',
      params_schema: { type: 'object', properties: { code, n: { type: 'integer' } }, additionalProperties: false },
    }),
  );
  // As a worker registers it: addresses are items, and it has no other parameters than these.
  await gateway.world.register(
    aKindRegistration({
      kind: 'scrape',
      params_schema: { type: 'object', properties: { per_second: { type: 'number' } }, additionalProperties: false },
      input: { form: 'items', schema: { type: 'string', minLength: 1 } },
      output: 'lines',
    }),
  );
  await eventually(async () => expect(((await gateway.call('/v1/kinds')).json as { kinds: unknown[] }).kinds).toHaveLength(4));
});
afterAll(async () => {
  await gateway?.stop();
  await nats?.stop();
  await rm(web, { recursive: true, force: true });
});

const lane = { kind: 'primes', in_flight: 0, redelivered: 0 };
const stats: QueueStats = {
  v: 1,
  type: 'QueueStats',
  at: new Date().toISOString(),
  queues: [
    { ...lane, lane: 'high', waiting: 3 },
    { ...lane, lane: 'normal', waiting: 2 },
    { ...lane, kind: 'sum', lane: 'normal', waiting: 4 },
  ],
  mailbox_waiting: 0,
  dead_letters: 0,
  jobs: { pending: 5, running: 2, completed: 9, failed: 1, paused: 4 },
  chunks_per_sec: 0,
  jobs_finished: 0,
};

type Json = Record<string, unknown>;

async function post(path: string, body: unknown): Promise<{ status: number; json: Json }> {
  const headers = { 'content-type': 'application/json' };
  const { status, json } = await gateway.call(path, { method: 'POST', headers, body: JSON.stringify(body) });
  return { status, json: json as Json };
}

const get = async (path: string): Promise<{ status: number; json: Json }> => {
  const { status, json } = await gateway.call(path);
  return { status, json: json as Json };
};

/** Plays the coordinator: the job is so far. */
async function become(jobId: string, status: JobStatus, given: Partial<JobView> = {}): Promise<void> {
  const { json } = await get(`/v1/jobs/${jobId}`);
  const at = '2026-11-28T12:00:00.000Z';
  const ended = status === 'completed' || status === 'failed' ? { finished_at: at } : {};
  await gateway.world.save({ ...(json as unknown as JobView), status, started_at: at, ...ended, ...given });
  await eventually(async () => expect((await get(`/v1/jobs/${jobId}`)).json).toMatchObject({ status }));
}

describe('the distributed prime counter', () => {
  test('POST /api/count-primes with 200,000 in 16 chunks, then GET /api/jobs/:id until SUCCESS', async () => {
    const { status, json } = await post('/api/count-primes', { n: 200_000, chunks: 16 });
    expect({ status, json }).toEqual({ status: 202, json: { job_id: expect.any(String), status: 'PENDING' } });
    const id = json['job_id'] as string;
    expect(await get(`/v1/jobs/${id}`)).toMatchObject({ json: { kind: 'primes', params: { n: 200_000 }, total_chunks: 16 } });
    const progress = { completed: 0, total: 16 };
    expect((await get(`/api/jobs/${id}`)).json).toEqual({ job_id: id, state: 'PENDING', progress, result: null, error: null });
    await become(id, 'running');
    expect((await get(`/api/jobs/${id}`)).json).toMatchObject({ state: 'STARTED' });
    await become(id, 'running', { completed_chunks: 8 });
    expect((await get(`/api/jobs/${id}`)).json).toMatchObject({ state: 'PROGRESS', progress: { completed: 8, total: 16 } });
    await become(id, 'completed', { completed_chunks: 16, result: 17_984, duration_sec: 2.4 });
    expect((await get(`/api/jobs/${id}`)).json).toEqual({
      job_id: id,
      state: 'SUCCESS',
      progress: { completed: 16, total: 16 },
      result: { prime_count: 17_984, n: 200_000, duration_sec: 2.4 },
      error: null,
    });
  });

  test.each([
    [{ n: 9_999, chunks: 4 }, 400, 'n must be between 10000'],
    [{ n: 200_000, chunks: 0 }, 400, 'chunks must be between 1 and 128.'],
    [{ n: 200_000, chunks: 129 }, 400, 'chunks must be between 1 and 128.'],
    [{ n: 200_000 }, 422, 'is missing'],
    [{ n: '200000', chunks: 4 }, 422, 'must be a whole number'],
    [{ n: 200_000, chunks: 4, prio: 1 }, 422, 'unknown field'],
    [[], 422, 'must be a JSON object'],
  ])('%j is %i', async (body, status, words) => {
    const answer = await post('/api/count-primes', body);
    expect(answer.status).toBe(status);
    expect(JSON.stringify(answer.json)).toContain(words);
  });

  test('the bounds themselves are taken', async () => {
    expect((await post('/api/count-primes', { n: 10_000, chunks: 1 })).status).toBe(202);
    expect((await post('/api/count-primes', { n: 10_000, chunks: 128 })).status).toBe(202);
  });

  test('a job that failed states why', async () => {
    const { json } = await post('/api/count-primes', { n: 10_000, chunks: 1 });
    const id = json['job_id'] as string;
    await become(id, 'failed', { error: { code: 'compute_failed', message: 'chunk 0 threw', retryable: false } });
    expect((await get(`/api/jobs/${id}`)).json).toMatchObject({ state: 'FAILURE', result: null, error: 'chunk 0 threw' });
  });
});

describe('the reference for long-running APIs', () => {
  const example = { vector_data: [0.1, 0.2, 0.3, 0.4, 0.5], metadata: { source: 'user_upload', type: 'text_embedding' } };

  test('POST /tasks with a vector, GET /tasks/:id until SUCCESS, and its stream', async () => {
    const { status, json } = await post('/tasks', example);
    expect({ status, json }).toEqual({ status: 202, json: { task_id: expect.any(String), status: 'Processing' } });
    const id = json['task_id'] as string;
    expect((await get(`/v1/jobs/${id}`)).json).toMatchObject({ kind: 'vector-processing', params: example });
    expect((await get(`/tasks/${id}`)).json).toMatchObject({ task_id: id, status: 'PENDING', result: null, completed_at: null });

    const stream = await fetch(`${gateway.origin}/tasks/${id}/stream`);
    expect(stream.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    await become(id, 'completed', { result: { processed: 5 } });
    const events = (await stream.text()).split('\n').filter((line) => line.startsWith('data: '));
    expect(JSON.parse(events[0]!.slice(6))).toEqual({ task_id: id, status: 'PENDING', result: null });
    expect(JSON.parse(events.at(-1)!.slice(6))).toEqual({ task_id: id, status: 'SUCCESS', result: { processed: 5 } });
    expect((await get(`/tasks/${id}`)).json).toMatchObject({
      status: 'SUCCESS',
      result: { processed: 5 },
      result_payload: { processed: 5 },
      completed_at: '2026-11-28T12:00:00.000Z',
      retry_count: 0,
    });
  });

  test('a page to scrape is a job of the kind scrape with one item, whose line is the result', async () => {
    const { status, json } = await post('/tasks', { task_type: 'web_scrape', url: 'https://example.com', metadata: {} });
    expect(status, JSON.stringify(json)).toBe(202);
    const id = String(json['task_id']);
    const { json: job } = await get(`/v1/jobs/${id}`);
    expect(job).toMatchObject({ kind: 'scrape', params: {}, total_chunks: 1, output: 'lines', input: { records: 1 } });
    const line = '{"url":"https://example.com","title":"Example Domain","status":200}\n';
    const segment = `${JSON.stringify({ begin: 0, end: 1, text: line })}\n`;
    const { broker } = gateway.world;
    const bytes = await storeObject(broker, { tenant: 'local', owner: id, name: 'manifest' }, [Buffer.from(segment)]);
    const manifest = { name: 'manifest', from: 0, bytes };
    const record = { v: 1, type: 'ResultsRecord', job_id: id, tenant: 'local', round: 0, chunks: 1, manifest } as const;
    await putResultsRecord(broker, { ...record, bytes: line.length });
    await become(id, 'completed', { completed_chunks: 1, results: { bytes: line.length } });
    const result: unknown = JSON.parse(line);
    expect((await get(`/tasks/${id}`)).json).toMatchObject({ status: 'SUCCESS', result, result_payload: result });
  });

  test('a page to scrape without an address is refused', async () => {
    expect(await post('/tasks', { task_type: 'web_scrape', metadata: {} })).toMatchObject({
      status: 422,
      json: { detail: [{ loc: ['body', 'url'], type: 'missing' }] },
    });
  });

  // Seen: 422 for `n`, though the description of the API states that the rest of the body is the parameters.
  test('of any other type the rest of the body is the parameters', async () => {
    const { status, json } = await post('/tasks', { task_type: 'primes', n: 1_000, metadata: { a: 1 }, url: 'x' });
    expect(status, JSON.stringify(json)).toBe(202);
    const job = (await get(`/v1/jobs/${String(json['task_id'])}`)).json;
    expect(job).toMatchObject({ kind: 'primes', params: { n: 1_000, metadata: { a: 1 }, url: 'x' } });
    for (const body of [{ tasktype: 'primes' }, { task_type: 'web_scrape', url: 'https://example.com', n: 1 }])
      expect(await post('/tasks', body)).toMatchObject({ status: 422, json: { detail: [{ type: 'extra_forbidden' }] } });
    expect((await post('/tasks', { task_type: 'primes', duration: -1 })).status).toBe(400);
    expect((await post('/tasks', { task_type: 'primes', items: [1] })).status).toBe(422);
  });

  test('a type that no worker has is refused with a sentence', async () => {
    expect(await post('/tasks', { task_type: 'nothing', metadata: {} })).toMatchObject({
      status: 400,
      json: { detail: expect.stringContaining('nothing') },
    });
    expect((await post('/tasks', { metadata: [] })).status).toBe(422);
  });
});

describe('the scaled API behind a load balancer', () => {
  test('code is run as a job of the kind script, and followed by its status', async () => {
    const { status, json } = await post('/api/submissions/execute', {
      code: 'console.log("Hello, World!");',
      language: 'javascript',
    });
    expect({ status, json }).toEqual({
      status: 202,
      json: { submission_id: expect.any(String), job_id: json['submission_id'], status: 'pending' },
    });
    const id = json['submission_id'] as string;
    expect((await get(`/v1/jobs/${id}`)).json).toMatchObject({
      kind: 'script',
      params: { code: expect.stringMatching(/^export function map.*console\.log\("Hello, World!"\);\n/) },
    });
    await become(id, 'running', { progress: 0.5 });
    expect((await get(`/api/submissions/status/${id}`)).json).toMatchObject({ status: 'processing', progress: 0.5 });
    await become(id, 'completed', { result: 'Hello, World!', progress: 1 });
    expect((await get(`/api/submissions/status/${id}`)).json).toEqual({
      submission_id: id,
      status: 'graded',
      progress: 1,
      result: 'Hello, World!',
      error: null,
    });
  });

  test('a script of ours is run as it is, and what cannot be parsed is refused with its line', async () => {
    const code = 'export const map = (i) => i * i;';
    const { json } = await post('/api/submissions/execute', { code, params: { n: 3 } });
    expect((await get(`/v1/jobs/${String(json['job_id'])}`)).json).toMatchObject({ params: { code, n: 3 } });
    const refused = await post('/api/submissions/execute', { code: 'let a = 1;\nlet b = ;' });
    expect(refused).toMatchObject({ status: 422, json: { detail: [{ msg: expect.stringMatching(/^line 2/) }] } });
  });

  test.each([
    [{ code: 'x'.repeat(50_001) }, 422],
    [{ code: ' ' }, 400],
    [{ code: 'print(1)', language: 'python' }, 422],
    [{}, 422],
  ])('%# is refused', async (body, status) => {
    expect((await post('/api/submissions/execute', body)).status).toBe(status);
  });

  test('GET /api/queue/stats counts jobs; GET /jobs/queue-depths what waits in each lane', async () => {
    expect((await get('/api/queue/stats')).status).toBe(503);
    await (await gateway.world.bucket('stats')).put(keys.queues, encode(stats));
    await eventually(async () =>
      expect(await get('/api/queue/stats')).toEqual({
        status: 200,
        json: { waiting: 5, active: 2, completed: 9, failed: 1, delayed: 4 },
      }),
    );
    expect((await get('/jobs/queue-depths')).json).toEqual({ high: 3, medium: 6, low: 0, total: 9 });
  });
});

describe('the queue with three lanes', () => {
  test('POST /jobs, GET /jobs/:id, GET /jobs, then a requeue of its dead chunks', async () => {
    const { status, json } = await post('/jobs', { type: 'primes', payload: { n: 200_000 }, priority: 'high' });
    expect({ status, json }).toMatchObject({
      status: 201,
      json: { type: 'primes', payload: { n: 200_000 }, priority: 'high', status: 'pending', attempts: 0, maxAttempts: 3 },
    });
    const id = json['_id'] as string;
    expect((await get(`/jobs/${id}`)).json).toEqual(json);
    const listed = async (query = ''): Promise<unknown[]> =>
      ((await get(`/jobs${query}`)).json as unknown as { _id: string }[]).map((job) => job._id);
    expect((await listed())[0]).toBe(id);
    await become(id, 'running');
    expect(await listed('?status=processing')).toContain(id);
    expect(await listed('?status=completed')).not.toContain(id);

    const run = { run: 1, code: 'compute_failed', message: 'chunk 3 threw', worker: 'w1', at: '2026-11-28T12:00:00.000Z' };
    const dead: DeadChunk = {
      v: 1,
      type: 'DeadChunk',
      job_id: id,
      tenant: 'local',
      kind: 'primes',
      begin: 3,
      end: 4,
      round: 0,
      error: { code: 'compute_failed', message: 'chunk 3 threw', retryable: true },
      runs: [run, { ...run, run: 2 }, { ...run, run: 3 }],
      died_at: '2026-11-28T12:00:01.000Z',
    };
    const subject = deadSubjects.chunk(dead.tenant, id, dead.round, dead.begin);
    await createOutbox(gateway.world.broker).publishAll([{ subject, data: encode(dead), expectLastSubjectSequence: 0 }]);
    expect((await get('/jobs/dead-letter/list')).json).toEqual([
      {
        _id: expect.stringContaining(id),
        jobId: id,
        type: 'primes',
        error: dead.error.message,
        attempts: dead.runs.length,
        failedAt: dead.died_at,
      },
    ]);
    const error = { code: 'compute_failed', message: 'chunk 3 threw', retryable: true };
    await become(id, 'failed', { failed_chunks: 1, error });
    expect((await get(`/jobs/${id}`)).json).toMatchObject({ status: 'failed', error: 'chunk 3 threw' });
    expect(await post(`/jobs/${id}/requeue`, undefined)).toMatchObject({
      status: 200,
      json: { message: 'Job requeued successfully', job: { _id: id, status: 'processing' } },
    });
    expect((await get('/jobs/dead-letter/list')).json).toEqual([]);
  });

  test.each([
    ['paused', 'processing'],
    ['cancelled', 'failed'],
  ] as const)('a %s job, which they call %s, is in the list of that state', async (status, word) => {
    const { json } = await post('/jobs', { type: 'primes', payload: { n: 200_000 } });
    await become(json['_id'] as string, status);
    const { json: listed } = await get(`/jobs?status=${word}`);
    expect((listed as unknown as Json[]).map(({ _id: id, status: told }) => [id, told])).toContainEqual([json['_id'], word]);
  });

  // Seen: the whole list was answered with 500.
  test('a job that another release stored is left out of the list alone', async () => {
    const strange = aJobView({ tenant: LOCAL_TENANT, kind: 'primes', status: 'running' });
    await (
      await gateway.world.bucket('jobs')
    ).put(keys.job(LOCAL_TENANT, strange.job_id), encode({ ...strange, progress: 'half' }));
    await eventually(async () => expect((await gateway.call('/v1/jobs?limit=200')).text).toContain(strange.job_id));
    const { json: made } = await post('/jobs', { type: 'primes', payload: {} });
    await become(made['_id'] as string, 'running');
    for (const query of ['', '?status=processing']) {
      const list = await gateway.call(`/jobs${query}`);
      expect(list.status, query).toBe(200);
      expect(list.text, query).toContain(made['_id'] as string);
      expect(list.text, query).not.toContain(strange.job_id);
    }
  });

  test('WS /ws: who connects and sends nothing is sent new jobs, heartbeats and what waits in the lanes', async () => {
    const socket = new WebSocket(`${gateway.origin.replace('http', 'ws')}/ws`);
    const texts: string[] = [];
    socket.onmessage = ({ data }) => void texts.push(String(data));
    // As its dashboard reads them.
    const events = () => texts.map((text) => JSON.parse(text) as { event: string; data: Json });
    const isSent = (event: string, data: Json) => eventually(() => expect(events()).toContainEqual({ event, data }));
    try {
      await (await gateway.world.bucket('stats')).put(keys.queues, encode(stats));
      await isSent('queue_update', { high: 3, medium: 6, low: 0, total: 9 });
      const { json } = await post('/jobs', { type: 'primes', payload: { n: 200_000 }, priority: 'high' });
      const id = json['_id'] as string;
      const job = { id, type: 'primes', priority: 'high' };
      await become(id, 'pending');
      await isSent('job_created', { ...job, status: 'pending' });
      await become(id, 'completed', { result: 17_984 });
      await isSent('job_updated', { ...job, status: 'completed' });
      await gateway.world.save(aJobView({ tenant: 'other', status: 'pending' }));
      const beat = aWorkerHeartbeat({ worker: 'lane-1', busy_slots: 1 });
      await gateway.world.beat(beat);
      await isSent('worker_heartbeat', { workerId: 'lane-1', status: 'busy', timestamp: beat.beat_at });
      expect(events().filter(({ event, data }) => event.startsWith('job_') && data['id'] !== id)).toEqual([]);
      // The first command makes it a client of ours: behind its answer comes no event.
      const seen = texts.length;
      const command = (sent: object) => socket.send(JSON.stringify(sent));
      command({ do: 'subscribe', topic: 'job', id });
      await eventually(() => expect(texts.slice(seen).join()).toContain('"topic":"ready"'));
      await become(id, 'failed');
      await eventually(() => expect(texts.at(-1)).toMatch(/^\{"topic":"job"[^]*"failed"/));
      expect(texts.slice(seen).filter((text) => text.startsWith('{"event"'))).toEqual([]);
    } finally {
      socket.close();
    }
  });

  test('a job without a type or a payload is refused, and medium is the lane without a name', async () => {
    expect((await post('/jobs', { payload: {} })).status).toBe(422);
    expect((await post('/jobs', { type: 'primes' })).status).toBe(422);
    expect((await post('/jobs', { type: 'primes', payload: {}, priority: 'urgent' })).status).toBe(422);
    expect((await post('/jobs', { type: 'primes', payload: {} })).json).toMatchObject({ priority: 'medium' });
  });

  test('a browser that opens the address gets the page, a program gets JSON', async () => {
    for (const path of ['/jobs', '/jobs/0198c0de-0000-7000-8000-000000000000', '/jobs?status=failed']) {
      const page = await gateway.call(path, { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } });
      expect(page.text, path).toContain('<title>page</title>');
      expect(page.headers.get('vary'), path).toContain('Accept');
    }
    expect((await gateway.call('/jobs')).headers.get('vary')).toContain('Accept');
    expect((await get('/jobs/0198c0de-0000-7000-8000-000000000000')).status).toBe(404);
    expect((await get('/jobs?stauts=failed')).status).toBe(422);
  });
});

test('the job of another tenant is not found, by any of the names', async () => {
  const other = aJobView({ tenant: 'other', status: 'running' });
  await gateway.world.save(other);
  for (const path of ['/api/jobs/', '/tasks/', '/api/submissions/status/', '/jobs/'])
    expect((await get(`${path}${other.job_id}`)).status, path).toBe(404);
  expect((await get(`/tasks/${other.job_id}/stream`)).status).toBe(404);
  expect((await post(`/jobs/${other.job_id}/requeue`, undefined)).status).toBe(404);
});
