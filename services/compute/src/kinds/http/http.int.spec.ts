import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Context } from '@manyhands/worker/task';
import { checkTask, runTask } from '@manyhands/worker/testing';
import { BREAKER } from '../../outside/breaker.ts';
import { OutsideClient } from '../../outside/client.ts';
import { startOutsideServer, type OutsideServer } from '../../outside/outside-server.fixture.ts';
import { http } from './kind.ts';
import type { HttpParams } from './request.ts';
import { sendItem } from './send.ts';

let server: OutsideServer;
let calls = 0;

beforeAll(async () => {
  server = await startOutsideServer({
    '/twice': (answer, _url, { headers }) => {
      calls += 1;
      const key = headers['idempotency-key'];
      const first =
        server.received.filter((sent) => sent.path === '/twice' && sent.headers['idempotency-key'] === key).length === 1;
      answer.writeHead(first ? 503 : 200, { 'content-type': 'text/plain' }).end(first ? 'busy' : 'done');
    },
    '/ids': (answer) =>
      answer.writeHead(200, { 'content-type': 'application/json' }).end('{"id":1234567890123456789,"of":[7,0.1]}'),
    '/picture': (answer) => answer.writeHead(200).end(Buffer.from([0x89, 0x50, 0xff])),
    '/bare': (answer) => answer.writeHead(200).end('bare'),
  });
  vi.stubEnv('MANYHANDS_OUTSIDE_ALLOW', `127.0.0.1:${server.place.port}`);
  vi.stubEnv('MANYHANDS_HTTP_SECRETS', 'OUTSIDE_TEST_KEY@127.0.0.1');
  vi.stubEnv('OUTSIDE_TEST_KEY', 'hidden-word');
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await server.close();
});

const params = (path: string, own: object = {}) => ({ url: `${server.base}${path}`, ...own });
const failureOf = async (path: string, own: object = {}) =>
  (await runTask(http, { params: params(path, { timeout_sec: 1, ...own }), items: [1] })).failures[0];

describe('http', () => {
  it('sends each item, and its lines are the answers in their order', async () => {
    const { lines, failures } = await runTask(http, {
      params: params('/echo?of={{item.id}}', { headers: { 'x-key': '{{secret.OUTSIDE_TEST_KEY}}' } }),
      items: [{ id: 'a' }, { id: 'b' }],
    });
    expect(failures).toEqual([]);
    expect(lines).toMatchObject([
      {
        index: 0,
        output: {
          status: 200,
          body: {
            path: '/echo?of=a',
            method: 'POST',
            body: '{"id":"a"}',
            headers: { 'x-key': 'hidden-word', 'idempotency-key': expect.stringMatching(/\/0$/) as string },
          },
        },
      },
      { index: 1, output: { status: 200, body: { path: '/echo?of=b' } } },
    ]);
  });

  // Seen: the digits of an id of 64 bits, and the bytes of an answer that states no type, were others in the line.
  it('leaves what was answered as it was', async () => {
    const linesOf = async (path: string) => (await runTask(http, { params: params(path), items: [1] })).lines;
    expect(await linesOf('/ids')).toEqual([
      { index: 0, output: { status: 200, body: { id: '1234567890123456789', of: [7, 0.1] } } },
    ]);
    expect(await linesOf('/picture')).toEqual([{ index: 0, output: { status: 200, body_base64: 'iVD/' } }]);
    expect(await linesOf('/bare')).toEqual([{ index: 0, output: { status: 200, body: 'bare' } }]);
  });

  it('tries again what may be answered otherwise later, under the same key', async () => {
    const { lines } = await runTask(http, { params: params('/twice'), items: ['x'] });
    expect(lines).toEqual([{ index: 0, output: { status: 200, body: 'done' } }]);
    expect(calls).toBe(2);
  });

  it.each([400, 401, 404, 409, 422])('refuses %i for good', async (status) => {
    expect(await failureOf(`/status?is=${status}`)).toMatchObject({
      error: { code: 'compute_refused', message: expect.stringContaining(`answered ${status}: as asked`) as string },
    });
  });

  it.each([
    ['/endless', {}, /more than 256 KiB/],
    ['/bomb', {}, /more than 256 KiB/],
    ['/moved?to=/', {}, /answered 302 and leads to \/; what was sent is not sent again/],
    ['/moved?to=http://10.0.0.1/', { method: 'GET' }, /10\.0\.0\.1 is an address of this machine or of a private network/],
    ['/circle', { method: 'GET' }, /more than 5 redirects/],
  ])('refuses %s for good', async (path, own, why) => {
    expect(await failureOf(path, own)).toMatchObject({
      error: { code: 'compute_refused', message: expect.stringMatching(why) as string },
    });
  });

  it('follows redirects of GET', async () => {
    const { lines } = await runTask(http, { params: params('/moved?to=/', { method: 'GET' }), items: [1] });
    expect(lines).toMatchObject([{ output: { status: 200, body: expect.stringContaining('Light work') as string } }]);
  });

  it('does not try an address of this machine that the operator does not list', async () => {
    const { failures } = await runTask(http, { params: { url: 'http://localhost:1/' }, items: [1] });
    expect(failures).toMatchObject([
      { error: { code: 'compute_refused', message: expect.stringContaining('MANYHANDS_OUTSIDE_ALLOW') as string } },
    ]);
  });

  it('keeps secrets out of failures', async () => {
    const failure = await failureOf('/status?is=401&word=hidden-word', { headers: { 'x-key': '{{secret.OUTSIDE_TEST_KEY}}' } });
    expect(JSON.stringify(failure)).not.toContain('hidden-word');
  });

  // Seen: a job that waited for 50 ms for each answer opened the breaker of its host for the jobs of everyone.
  it('holds up no other job where one waits too short a time for its answers', async () => {
    const client = new OutsideClient({ places: [server.place] });
    const context = (jobId: string, own: object) =>
      ({ params: params('/silent', own), index: 0, jobId, signal: new AbortController().signal }) as Context<HttpParams>;
    const hasty = (): Promise<unknown> => sendItem(1, context('job-a', { timeout_sec: 0.05 }), client, []);
    for (let failure = 0; failure < BREAKER.failuresMax; failure += 1) await expect(hasty()).rejects.toThrow('did not answer');
    await expect(hasty()).rejects.toThrow('the breaker of');
    const patient = { ...context('job-b', {}), params: params('/') } as Context<HttpParams>;
    expect(await sendItem(1, patient, client, [])).toMatchObject({ status: 200 });
    await client.close();
  });

  it('is one kind, however its items are leased', async () => {
    await checkTask(http, { params: params('/status?is=200'), items: [1, 'two', { three: 3 }] });
  });
});
