/** Webhooks against a server on loopback that answers in every way that receivers do. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runTask } from '@manyhands/worker/testing';
import { startOutsideServer, type OutsideServer } from '../../outside/outside-server.fixture.ts';
import { waitMs } from './call.ts';
import { webhook } from './kind.ts';
import { signatureOf } from './signature.ts';

let server: OutsideServer;

beforeAll(async () => {
  server = await startOutsideServer({
    '/twice': (answer) => {
      const isFirst = server.received.filter(({ path }) => path === '/twice').length === 1;
      answer.writeHead(isFirst ? 429 : 204, isFirst ? { 'retry-after': '0' } : {}).end();
    },
  });
  vi.stubEnv('MANYHANDS_OUTSIDE_ALLOW', `127.0.0.1:${server.place.port}`);
  vi.stubEnv('MANYHANDS_HTTP_SECRETS', 'WEBHOOK_TEST_KEY@127.0.0.1,OTHER_KEY@hooks.example');
  vi.stubEnv('WEBHOOK_TEST_KEY', 'hidden-word');
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await server.close();
});

const event = { type: 'job.completed', timestamp: '2026-11-29T12:00:00.000Z', data: { result: 'ä€😀' } };
const params = (path: string, more: object = {}) => ({ url: `${server.base}${path}`, event, ...more });
const received = (path: string) => server.received.filter((sent) => sent.path === path);

describe('a webhook', () => {
  it('arrives as Standard Webhooks has it, signed with the secret', async () => {
    const { result } = await runTask(webhook, { params: params('/echo', { secret: 'WEBHOOK_TEST_KEY' }), chunks: 1 });
    expect(result).toEqual({ status: 200, attempt: 1 });
    const [{ method, headers, body }] = received('/echo') as [OutsideServer['received'][number]];
    expect(method).toBe('POST');
    expect(JSON.parse(body)).toEqual(event);
    const id = String(headers['webhook-id']);
    const sentAtSec = Number(headers['webhook-timestamp']);
    expect(Math.abs(sentAtSec - Date.now() / 1_000)).toBeLessThan(10);
    expect(headers['webhook-signature']).toBe(signatureOf('hidden-word', id, sentAtSec, body));
    expect(JSON.stringify(headers)).not.toContain('hidden-word');
  });

  it('is sent once, however many chunks it is split into, and without a signature where none is asked for', async () => {
    const { result } = await runTask(webhook, { params: params('/echo?of=many'), chunks: 5 });
    expect(result).toEqual({ status: 200, attempt: 1 });
    expect(received('/echo?of=many')).toHaveLength(1);
    expect(received('/echo?of=many')[0]!.headers).not.toHaveProperty('webhook-signature');
  });

  it('comes again under the same id', async () => {
    const { result } = await runTask(webhook, { params: params('/twice'), chunks: 1 });
    expect(result).toEqual({ status: 204, attempt: 2 });
    const [first, second] = received('/twice').map(({ headers }) => headers['webhook-id']);
    expect(first).toBe(second);
  });

  it.each([
    ['/status?is=404', {}, /answered 404/],
    ['/moved?to=/', {}, /answered 302/],
    ['/echo', { secret: 'OTHER_KEY' }, /may not be sent to 127\.0\.0\.1/],
    ['/echo', { secret: 'PATH' }, /jobs may not use the secret PATH/],
  ])('%s with %j has failed for good', async (path, more, why) => {
    const { failures } = await runTask(webhook, { params: params(path, more), chunks: 1 });
    expect(failures[0]).toMatchObject({ error: { code: 'compute_refused', message: expect.stringMatching(why) as string } });
  });

  it('goes to no address of this machine that the operator does not list', async () => {
    const { failures } = await runTask(webhook, { params: { url: 'http://localhost:1/', event }, chunks: 1 });
    expect(failures[0]).toMatchObject({ error: { code: 'compute_refused' } });
  });

  it('waits longer each time, an hour and a half in all', () => {
    const waits = Array.from({ length: 9 }, (_, run) => waitMs(run + 1));
    expect(waits.slice(0, 3)).toEqual([10_000, 20_000, 40_000]);
    expect(waits.reduce((sum, ms) => sum + ms, 0)).toBe(5_110_000);
  });
});
