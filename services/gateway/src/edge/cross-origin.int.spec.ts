/** Pages of other origins: those that are listed may use the API from a browser, and no others. As browsers ask, of a real gateway. */
import { readOrigins } from '@manyhands/proto/settings';
import { aJobView, aKindRegistration, eventually, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startFixture, startReadyGateway, type GatewayFixture } from '../gateway.fixture.ts';

const page = 'https://status.example';
const job = aJobView({ status: 'completed', result: 'x'.repeat(2_000) });

let nats: NatsServer;
let gateway: GatewayFixture;

beforeAll(async () => {
  nats = await startNatsServer();
  gateway = await startFixture(nats.url, { origins: readOrigins(`${page}, http://127.0.0.1:3000`) });
  await gateway.world.register(aKindRegistration());
  await gateway.world.save(job);
  await eventually(async () => expect((await gateway.call(`/v1/jobs/${job.job_id}`)).status).toBe(200));
});
afterAll(async () => {
  await gateway?.stop();
  await nats?.stop();
});

const ask = (path: string, origin: string | undefined, { headers = {}, ...init }: RequestInit = {}) =>
  gateway.call(path, { ...init, headers: { ...(headers as object), ...(origin !== undefined && { origin }) } });
const preflight = (path: string, origin: string, method: string) =>
  ask(path, origin, {
    method: 'OPTIONS',
    headers: { 'access-control-request-method': method, 'access-control-request-headers': 'authorization,content-type' },
  });
const submit = (origin: string, body = '{"n":10}') =>
  ask('/v1/jobs', origin, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
const crossOriginOf = (headers: Headers): string[] =>
  [...headers].map(([name]) => name).filter((name) => name.startsWith('access-control-'));

// Seen: no browser let such a page read an answer, or send JSON: nothing stated that it may.
describe('a page of an origin that is listed', () => {
  test('asks what it may send, and is told', async () => {
    const { status, headers } = await preflight('/v1/jobs', page, 'POST');
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-origin')).toBe(page);
    expect(headers.get('access-control-allow-methods')?.split(', ')).toEqual(expect.arrayContaining(['GET', 'POST']));
    const allowed = headers.get('access-control-allow-headers')!.split(', ');
    expect(allowed).toEqual(expect.arrayContaining(['authorization', 'content-type', 'idempotency-key', 'last-event-id']));
    expect(headers.get('vary')).toContain('Origin');
    expect((await preflight(`/v1/jobs/${job.job_id}`, page, 'DELETE')).headers.get('access-control-allow-methods')).toContain(
      'DELETE',
    );
  });

  test.each([page, 'http://127.0.0.1:3000'])('%s reads answers of each kind, and refusals', async (origin) => {
    const accepted = await submit(origin);
    expect(accepted.status).toBe(202);
    const refused = [await submit(origin, '{"n":"x"}'), await ask('/v1/none', origin), await ask('/v1/jobs/none', origin)];
    expect(refused.map(({ status }) => status)).toEqual([422, 404, 404]);
    const events = await ask(`/v1/jobs/${job.job_id}/events`, origin);
    const read = await ask(`/v1/jobs/${job.job_id}`, origin, { headers: { 'accept-encoding': 'gzip' } });
    for (const { headers } of [accepted, ...refused, events, read]) {
      expect(headers.get('access-control-allow-origin')).toBe(origin);
      expect(headers.get('access-control-expose-headers')).toContain('retry-after');
      // Cookies stay at home: what such a page may do it does with a key.
      expect(headers.has('access-control-allow-credentials')).toBe(false);
    }
    expect(read.headers.get('vary')).toMatch(/Accept-Encoding.*Origin/);
  });
});

test.each(['https://evil.example', 'http://status.example', 'https://status.example.evil.example', 'null'])(
  'a page of %s may neither read nor send anything',
  async (origin) => {
    const answers = [
      await preflight('/v1/jobs', origin, 'POST'),
      await ask(`/v1/jobs/${job.job_id}`, origin),
      await submit(origin),
    ];
    expect(answers.map(({ status }) => status)).toEqual([204, 200, 403]);
    for (const { headers } of answers) {
      expect(crossOriginOf(headers)).toEqual([]);
      expect(headers.get('vary')).toContain('Origin');
    }
  },
);

test('who is no page is answered as before, and where nothing is listed no answer depends on who asks', async () => {
  expect(crossOriginOf((await ask('/v1/jobs', undefined)).headers)).toEqual([]);
  const { app, origin } = await startReadyGateway(nats.url);
  try {
    const { headers } = await fetch(`${origin}/v1/jobs`, { headers: { origin: page } });
    expect(crossOriginOf(headers)).toEqual([]);
    expect(headers.get('vary') ?? '').not.toContain('Origin');
  } finally {
    await app.close();
  }
});
