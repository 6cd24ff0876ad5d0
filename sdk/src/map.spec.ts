import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Client } from './client-calls.ts';
import { createClient } from './client.ts';
import { JobFailed } from './map.ts';

/** A gateway, as far as a map uses it: doubles each item, and fails those that are odd. */
let server: Server;
let client: Client;
let seen: { route: string; key: string | undefined; body: string }[];
/** Statuses that the next requests of a route are answered with instead. */
let refusals: Record<string, number[]>;
let view: Record<string, unknown>;
let failures: number[] | undefined;

beforeEach(async () => {
  seen = [];
  refusals = {};
  view = { job_id: 'j', status: 'completed', result: 7 };
  failures = undefined;
  let items: number[] = [];
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const route = `${request.method} ${request.url?.split('?')[0]}`;
    const body = await text(request);
    seen.push({ route: `${request.method} ${request.url}`, key: request.headers['idempotency-key']?.toString(), body });
    const refusal = refusals[route]?.shift();
    if (refusal !== undefined) return void response.writeHead(refusal).end('{"detail":"not now"}');
    const dead = failures ?? items.flatMap((item, index) => (item % 2 === 1 ? [index] : []));
    const json = (value: unknown, status = 200) => void response.writeHead(status).end(JSON.stringify(value));
    if (route === 'POST /v1/inputs') {
      items = body
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as number);
      return json({ input_id: 'i', records: items.length, bytes: body.length }, 201);
    }
    if (route === 'POST /v1/jobs') return json({ job_id: 'j' }, 202);
    if (route === 'GET /v1/jobs/j/events') {
      const last = { input: { by: 'record', records: items.length }, total_chunks: 4, failed_chunks: dead.length, ...view };
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      return void response.end(
        `id: 1\nevent: status\ndata: {"status":"running"}\n\nid: 2\nevent: status\ndata: ${JSON.stringify(last)}\n\nid: 2-done\nevent: done\ndata: {}\n\n`,
      );
    }
    if (route === 'GET /v1/jobs/j/result') return json('large');
    const there = items.map((item, index) => ({ item, index })).filter(({ item }) => item % 2 === 0);
    if (route === 'GET /v1/jobs/j/results')
      return void response.end(there.map(({ item, index }) => `{"index":${index},"output":${item * 2}}\n`).join(''));
    if (route === 'GET /v1/jobs/j/failures')
      return void response.end(
        dead
          .map((index) => `{"index":${index},"item":${items[index]},"error":{"code":"c","message":"odd"},"attempts":3}\n`)
          .join(''),
      );
    json({ detail: 'what?' }, 404);
  };
  server = createServer((request, response) => void serve(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  client = createClient({ baseUrl: `http://127.0.0.1:${port}`, retryMs: 1, retryMsMax: 2 });
});

afterEach(() => {
  vi.unstubAllGlobals();
  server.closeAllConnections();
  server.close();
});

async function all<T>(lines: AsyncIterable<T>): Promise<T[]> {
  const read: T[] = [];
  for await (const line of lines) read.push(line);
  return read;
}
const count = (route: string) => seen.filter((request) => request.route === route).length;

describe('map', () => {
  test('yields a line for each item in their order, computed or failed', async () => {
    const states: string[] = [];
    const lines = await all(
      client.map('double', [4, 1, 6, 3], { by: 2 }, { max_attempts: 2, onView: (job) => states.push(job.status) }),
    );
    const odd = { error: { code: 'c', message: 'odd' }, attempts: 3 };
    expect(lines).toEqual([
      { index: 0, output: 8 },
      { index: 1, item: 1, ...odd },
      { index: 2, output: 12 },
      { index: 3, item: 3, ...odd },
    ]);
    expect(states).toEqual(['running', 'completed']);
    expect(seen.map(({ route }) => route)).toEqual([
      'POST /v1/inputs?form=ndjson&kind=double',
      'POST /v1/jobs',
      'GET /v1/jobs/j/events',
      'GET /v1/jobs/j/results',
      'GET /v1/jobs/j/failures',
    ]);
    expect(JSON.parse(seen[1]!.body)).toEqual({ kind: 'double', params: { by: 2 }, input: 'i', max_attempts: 2 });
    expect(seen[1]!.key).toMatch(/^[0-9a-f]{32}$/);
  });

  test('takes what is made while it is sent, and asks for no failures where there are none', async () => {
    const items = async function* () {
      for (let n = 0; n < 20_000; n += 1) yield n * 2;
    };
    const lines = await all(client.map('double', items()));
    expect(lines).toHaveLength(20_000);
    expect(lines[19_999]).toEqual({ index: 19_999, output: 79_996 });
    expect(count('GET /v1/jobs/j/failures')).toBe(0);
  });

  test('takes no items at all', async () => {
    expect(await all(client.map('double', new Set<number>()))).toEqual([]);
  });

  test('yields an item that is neither computed nor listed as failed as one that failed', async () => {
    failures = [3];
    const lines = await all(client.map('double', [1, 2, 3, 5]));
    expect(lines.map(({ output, error }) => output ?? error?.code)).toEqual(['unknown', 4, 'unknown', 'c']);
  });

  test('submits once, however often it has to ask', async () => {
    refusals = { 'POST /v1/jobs': [503, 429], 'POST /v1/inputs': [503] };
    expect(await all(client.map('double', [2]))).toHaveLength(1);
    const keys = seen.filter(({ route }) => route === 'POST /v1/jobs').map(({ key }) => key);
    expect([keys.length, new Set(keys).size]).toEqual([3, 1]);
    expect(count('POST /v1/inputs?form=ndjson&kind=double')).toBe(2);
  });

  test('sends what cannot be made again only once', async () => {
    refusals = { 'POST /v1/inputs': [503] };
    await expect(all(client.map('double', new Set([2])))).rejects.toMatchObject({ status: 503 });
  });

  test('throws what the items threw, and what is no JSON value', async () => {
    const items = function* () {
      yield 2;
      throw new RangeError('no more');
    };
    await expect(all(client.map('double', items()))).rejects.toEqual(new RangeError('no more'));
    await expect(all(client.map('double', [undefined]))).rejects.toThrow('item 0 is undefined');
    expect(count('POST /v1/jobs')).toBe(0);
  });

  test('throws the job when it does not complete', async () => {
    view = { job_id: 'j', status: 'failed', error: { message: 'all of them failed' } };
    const error: unknown = await all(client.map('double', [2])).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(JobFailed);
    expect(error).toMatchObject({ message: 'Job j is failed: all of them failed', job: { status: 'failed' } });
  });

  test('gathers the items first where no stream can be sent, as in a browser', async () => {
    const { port } = server.address() as AddressInfo;
    const bodies: unknown[] = [];
    const inBrowser = createClient({
      baseUrl: `http://127.0.0.1:${port}`,
      fetch: (url, init) => {
        bodies.push(init?.body);
        return fetch(url, init);
      },
    });
    vi.stubGlobal('process', undefined);
    const lines = inBrowser.map('double', [2, 4]);
    const first = await lines.next();
    vi.unstubAllGlobals();
    expect(first.value).toEqual({ index: 0, output: 4 });
    expect(bodies[0]).toBeInstanceOf(Blob);
    await lines.return();
  });
});

describe('run', () => {
  test('resolves with the answer, also with one that is too large for the view', async () => {
    expect(await client.run('sum', { n: 1 })).toMatchObject({ result: 7, job: { status: 'completed' } });
    view = { ...view, result: null, stored: { name: 'o', from: 0, bytes: 9 } };
    expect((await client.run('sum', { n: 1 })).result).toBe('large');
  });

  test('rejects with the job that failed, and with what its submission was refused with', async () => {
    refusals = { 'POST /v1/jobs': [422] };
    await expect(client.run('sum', { n: 1 })).rejects.toMatchObject({ status: 422 });
    view = { job_id: 'j', status: 'cancelled', detail: 'Cancelled.' };
    await expect(client.run('sum', { n: 1 })).rejects.toThrow('Job j is cancelled: Cancelled.');
  });
});
