import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ApiProblem } from './api-problem.ts';
import type { Client } from './client-calls.ts';
import { createClient } from './client.ts';

/** Answers each request with the next of these; the last one again and again. */
type Script = (request: IncomingMessage, response: ServerResponse) => void;
let script: Script[];
let seen: { method: string; url: string; lastEventId: string | undefined; key: string | undefined; body: string }[];
let server: Server;
let baseUrl: string;
let client: Client;

beforeEach(async () => {
  script = [];
  seen = [];
  server = createServer((request, response) => void take(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  client = createClient({ baseUrl, retryMs: 1, retryMsMax: 2 });
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = '';
  for await (const piece of request) body += String(piece);
  seen.push({
    method: request.method ?? '',
    url: request.url ?? '',
    lastEventId: request.headers['last-event-id']?.toString(),
    key: request.headers['idempotency-key']?.toString(),
    body,
  });
  (script.length > 1 ? script.shift() : script[0])?.(request, response);
}

const answer =
  (status: number, body?: unknown, headers: Record<string, string> = {}): Script =>
  (_request, response) => {
    response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(body === undefined ? undefined : JSON.stringify(body));
  };
const events =
  (text: string, end: 'end' | 'cut' | 'hang' = 'end'): Script =>
  (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(text, () => {
      if (end === 'end') response.end();
      if (end === 'cut') response.destroy();
    });
  };
const status = (id: number, state: string): string => `id: ${id}\nevent: status\ndata: {"status":"${state}"}\n\n`;
const done = (id: number): string => `id: ${id}-done\nevent: done\ndata: {}\n\n`;

async function watched(options?: Parameters<Client['watch']>[1]): Promise<string[]> {
  const states: string[] = [];
  for await (const view of client.watch('j', options)) states.push(view.status);
  return states;
}

describe('calls', () => {
  test('go where the API has them, with the trailing slash of the base URL dropped', async () => {
    script = [
      answer(202, { job_id: 'j' }),
      answer(200, { job_id: 'j' }),
      answer(200, { jobs: [] }),
      answer(204),
      answer(200, { kinds: [1] }),
      answer(200, { workers: [2] }),
      answer(200, { queues: [] }),
    ];
    expect(await client.submit({ n: 5, chunks: 2 })).toEqual({ job_id: 'j' });
    await client.get('a/b');
    await client.list({ status: 'failed', limit: 5, cursor: undefined });
    expect(await client.cancel('j')).toBeUndefined();
    expect([await client.kinds(), await client.workers(), await client.queues()]).toEqual([[1], [2], { queues: [] }]);
    expect(seen.map(({ method, url, body }) => `${method} ${url} ${body}`.trim())).toEqual([
      'POST /v1/jobs {"n":5,"chunks":2}',
      'GET /v1/jobs/a%2Fb',
      'GET /v1/jobs?status=failed&limit=5',
      'DELETE /v1/jobs/j',
      'GET /v1/kinds',
      'GET /v1/workers',
      'GET /v1/queues',
    ]);
  });

  test('of files go to their names, over as many pages as there are', async () => {
    script = [
      answer(200, { files: [{ name: '0-a.webp' }], next_cursor: '0-a.webp' }),
      answer(200, { files: [{ name: '1-a.webp' }], next_cursor: null }),
      (_request, response) => void response.writeHead(200).end('bytes'),
    ];
    const names: string[] = [];
    for await (const { name } of client.eachFile('j')) names.push(name);
    expect(await new Response(await client.file('j', '0-a.webp')).text()).toBe('bytes');
    expect(names).toEqual(['0-a.webp', '1-a.webp']);
    expect(seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /v1/jobs/j/files?limit=200',
      'GET /v1/jobs/j/files?cursor=0-a.webp&limit=200',
      'GET /v1/jobs/j/files/0-a.webp',
    ]);
  });

  test('of jobs, dead letters and schedules go where the API has them', async () => {
    script = [
      answer(204),
      answer(204),
      answer(202, { round: 1 }),
      answer(204),
      answer(200, { dead_letters: [] }),
      answer(204),
      answer(200, { schedules: [] }),
      answer(200, { status: 'paused' }),
    ];
    await client.pause('j');
    await client.resume('j');
    expect(await client.requeue('j')).toEqual({ round: 1 });
    await client.deleteJob('j');
    await client.deadLetters({ job_id: 'j', limit: 2 });
    await client.discardDeadLetter('j-0-1');
    await client.schedules();
    expect(await client.getSchedule('s')).toEqual({ status: 'paused' });
    await client.pauseSchedule('s');
    await client.resumeSchedule('s');
    await client.deleteSchedule('s');
    await client.removeKind('report-v2');
    expect(seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'POST /v1/jobs/j/pause',
      'POST /v1/jobs/j/resume',
      'POST /v1/jobs/j/requeue',
      'POST /v1/jobs/j/delete',
      'GET /v1/dead-letters?job_id=j&limit=2',
      'DELETE /v1/dead-letters/j-0-1',
      'GET /v1/schedules',
      'GET /v1/schedules/s',
      'POST /v1/schedules/s/pause',
      'POST /v1/schedules/s/resume',
      'DELETE /v1/schedules/s',
      'DELETE /v1/kinds/report-v2',
    ]);
  });

  test('that hand in carry their key, what says when, and how long to wait', async () => {
    script = [answer(202, { job_id: 'j' }), answer(202, { schedule_id: 's' }), answer(200, { status: 'completed' })];
    await client.submit({ n: 5 }, { idempotencyKey: 'k' });
    expect(await client.schedule({ n: 5, cron: '@daily' }, { idempotencyKey: 'l' })).toEqual({ schedule_id: 's' });
    expect(await client.submitAndWait({ n: 5 }, 1_500)).toEqual({ status: 'completed' });
    expect(seen.map(({ url, key, body }) => [url, key, body])).toEqual([
      ['/v1/jobs', 'k', '{"n":5}'],
      ['/v1/jobs', 'l', '{"n":5,"cron":"@daily"}'],
      ['/v1/jobs?wait=1500ms', undefined, '{"n":5}'],
    ]);
  });

  test('reject with the words of the API', async () => {
    script = [
      answer(422, { detail: [{ loc: ['body', 'n'], msg: 'field required', type: 'missing' }] }),
      answer(503, { detail: 'full' }, { 'retry-after': '10' }),
    ];
    await expect(client.submit({ n: 1 })).rejects.toMatchObject({
      status: 422,
      message: 'body.n: field required',
      retryable: false,
    });
    await expect(client.get('j')).rejects.toMatchObject({ status: 503, message: 'full', retryAfterSec: 10, retryable: true });
  });

  test('reject also when a proxy answers in its own words', async () => {
    script = [(_request, response) => void response.writeHead(502).end('<html>')];
    await expect(client.get('j')).rejects.toEqual(new ApiProblem(502, 'HTTP 502 Bad Gateway', { fromApi: false }));
    await expect(client.get('j')).rejects.toMatchObject({ fromApi: false, fields: [] });
  });

  test('reject with status 0 when there is no answer, and when it is no JSON', async () => {
    const away = createClient({ baseUrl: 'http://127.0.0.1:1' });
    await expect(away.get('j')).rejects.toMatchObject({ name: 'ApiProblem', status: 0, retryable: true, fromApi: false });
    script = [(_request, response) => void response.writeHead(200).end('<html>')];
    await expect(client.kinds()).rejects.toMatchObject({ status: 200, message: 'HTTP 200: the answer is not JSON' });
  });

  test('reject with the reason of their signal, each of them', async () => {
    script = [(_request, response) => void response.writeHead(200)];
    const calls = Object.entries(client) as [string, (...given: unknown[]) => unknown][];
    for (const [name, call] of calls) {
      const { signal, ...abort } = { signal: AbortSignal.abort(new Error(`no ${name}`)) };
      const withId =
        !/^(list|each|eachDeadLetter|eachSchedule|deadLetters|schedules|kinds|workers|workerRecord|queues|throughput|metrics|alive|ready|auth|refresh|logout|logoutEverywhere|ticket|me|sessions|keys|statistics|metricsLite|health|signInProviders)$/.test(
          name,
        );
      const more: Record<string, unknown[]> = {
        submitAndWait: [{ n: 1 }, 1],
        resultsFile: ['x', 'csv'],
        logPage: ['x', {}],
        chunks: ['x', {}],
        estimate: ['x', {}],
        files: ['x', {}],
        file: ['x', '0-a'],
        map: ['x', ['item'], {}],
        run: ['x', {}],
        setRole: ['x', 'user'],
        share: ['x', {}],
        revokeShare: ['x', 'y'],
        failureGroup: ['x', {}],
        requeueGroup: ['x', {}],
        discardGroup: ['x', {}],
      };
      const given = more[name] ?? (/^(each|list|dead|schedule)/i.test(name) || withId ? ['x'] : []);
      const answer = call(...given, { ...abort, signal });
      const asked = Symbol.asyncIterator in (answer as object) ? (answer as AsyncGenerator).next() : answer;
      await expect(asked, name).rejects.toThrow(`no ${name}`);
    }
  });

  test('send the key, or the access token of the moment, beside their own headers', async () => {
    const sent: (string | null)[] = [];
    const fetchIt = ((_input: string, init: RequestInit) => {
      const headers = new Headers(init.headers);
      sent.push(`${headers.get('authorization')} ${headers.get('accept')}`);
      return Promise.resolve(Response.json({ kinds: [] }));
    }) as typeof fetch;
    let token: string | undefined = 'one';
    const changing = createClient({ baseUrl: 'http://x', token: () => token, fetch: fetchIt });
    await createClient({ baseUrl: 'http://x', key: 'mh_k', fetch: fetchIt }).kinds();
    await changing.kinds();
    token = undefined;
    await changing.kinds();
    expect(sent).toEqual(['Bearer mh_k application/json', 'Bearer one application/json', 'null application/json']);
  });

  // Seen in Chromium: "Illegal invocation", because fetch was called as a method of the settings of a watch.
  test('call fetch as a function, as the fetch of a browser asks for', async () => {
    const asked: unknown[] = [];
    const strict = createClient({
      baseUrl: '',
      fetch: function (this: unknown) {
        asked.push(this);
        return Promise.resolve(new Response(null, { status: 204 }));
      } as typeof fetch,
    });
    await strict.cancel('j');
    for await (const view of strict.watch('j')) expect(view).toBeUndefined();
    expect(asked).toEqual([undefined, undefined]);
  });

  test('iterate over every page, and ask for the next one only when it is needed', async () => {
    script = [
      answer(200, { jobs: [{ job_id: 'c' }, { job_id: 'b' }], next_cursor: 'b' }),
      answer(200, { jobs: [{ job_id: 'a' }], next_cursor: null }),
      answer(200, { dead_letters: [{ id: 'x' }], next_cursor: '7' }),
      answer(200, { schedules: [{ schedule_id: 's' }], next_cursor: null }),
    ];
    const ids: unknown[] = [];
    for await (const { job_id: id } of client.each({ status: 'failed', limit: 2 })) ids.push(id);
    for await (const { id } of client.eachDeadLetter({ job_id: 'j' })) {
      ids.push(id);
      break;
    }
    for await (const { schedule_id: id } of client.eachSchedule()) ids.push(id);
    expect(ids).toEqual(['c', 'b', 'a', 'x', 's']);
    expect(seen.map(({ url }) => url)).toEqual([
      '/v1/jobs?status=failed&limit=2',
      '/v1/jobs?status=failed&limit=2&cursor=b',
      '/v1/dead-letters?job_id=j',
      '/v1/schedules',
    ]);
  });

  test('ready takes not ready for an answer, and anything else for an error', async () => {
    script = [answer(503, { ready: false }), answer(200, { ready: true }), answer(404, { detail: 'no' })];
    expect([await client.ready(), await client.ready()]).toEqual([{ ready: false }, { ready: true }]);
    await expect(client.ready()).rejects.toMatchObject({ status: 404 });
  });
});

describe('watch', () => {
  test('yields each view and ends with done', async () => {
    script = [events(`retry: 1000\n\n${status(1, 'running')}: heartbeat\n\n${status(2, 'completed')}${done(2)}`)];
    expect(await watched()).toEqual(['running', 'completed']);
  });

  test('connects anew after silence', async () => {
    const impatient = createClient({ baseUrl, retryMs: 1, retryMsMax: 2, silenceMs: 50 });
    // The last one is answered again and again: a machine under load may be silent for as long.
    script = [events(': quiet\n\n', 'hang'), events(`${status(3, 'completed')}${done(3)}`)];
    expect(await impatient.wait('j')).toEqual({ status: 'completed' });
    expect(seen.length).toBeGreaterThan(1);
  });

  test('connects anew after the last id it has seen, through ends, cuts and refusals of the moment', async () => {
    script = [
      events(status(1, 'pending')),
      events(status(2, 'running'), 'cut'),
      answer(503, { detail: 'away' }),
      events(`${status(3, 'completed')}${done(3)}`),
    ];
    expect(await watched()).toEqual(['pending', 'running', 'completed']);
    expect(seen.map(({ lastEventId }) => lastEventId)).toEqual([undefined, '1', '2', '2']);
  });

  test('ends at 204, which says that everything was seen', async () => {
    script = [answer(204)];
    expect(await watched({ lastEventId: '3-done' })).toEqual([]);
    expect(seen[0]?.lastEventId).toBe('3-done');
  });

  test('throws what trying again cannot mend', async () => {
    script = [answer(404, { detail: 'Job not found.' })];
    await expect(watched()).rejects.toEqual(new ApiProblem(404, 'Job not found.'));
    expect(seen).toHaveLength(1);
  });

  test('stops with the reason of its signal, while reading and while waiting', async () => {
    const reading = new AbortController();
    script = [events(status(1, 'running'), 'hang')];
    const iteration = client.watch('j', { signal: reading.signal });
    await iteration.next();
    reading.abort(new Error('enough'));
    await expect(iteration.next()).rejects.toThrow('enough');
    const patient = createClient({ baseUrl: 'http://127.0.0.1:1', retryMs: 60_000 });
    const waiting = new AbortController();
    const next = patient.watch('j', { signal: waiting.signal }).next();
    waiting.abort(new Error('enough'));
    await expect(next).rejects.toThrow('enough');
  });

  test('a reader that stops early leaves no connection open', async () => {
    script = [events(status(1, 'running'), 'hang')];
    for await (const view of client.watch('j')) {
      expect(view.status).toBe('running');
      break;
    }
    server.close();
    await once(server, 'close');
  });
});

describe('wait', () => {
  test('resolves with the last state', async () => {
    script = [events(`${status(1, 'running')}${status(2, 'cancelled')}${done(2)}`)];
    expect(await client.wait('j')).toEqual({ status: 'cancelled' });
  });

  test('asks for the state when the stream had nothing more to say', async () => {
    script = [answer(204), answer(200, { status: 'completed' })];
    expect(await client.wait('j')).toEqual({ status: 'completed' });
  });
});
