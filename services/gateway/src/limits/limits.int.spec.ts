/** Limits as clients meet them, on two gateways over one NATS. Who asks is what a header claims: accounts have tests of their own. */
import { get as httpGet } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { DEMO_TENANT, keys } from '@manyhands/proto';
import { aJobView, aKindRegistration, eventually, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { NO_LIMITS, openWorld, startGateway, type World } from '../gateway.fixture.ts';
import { Problem } from '../edge/problem.ts';
import { OPEN_CALLER } from '../identity/caller.ts';
import { Identification } from '../identity/identification.ts';
import type { GatewayConfig } from '../config.ts';

let nats: NatsServer;
let world: World;
const stops: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  nats = await startNatsServer();
  world = await openWorld(nats.url);
  await world.register(aKindRegistration());
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});
afterAll(async () => {
  await world?.broker.close();
  await nats?.stop();
});

/** `x-user` names the user; `bad` is a key that is none; without it the client is as with `AUTH=off`. */
async function gatewayWith(limits: Partial<GatewayConfig['limits']>, more: Partial<GatewayConfig> = {}) {
  const { app, origin } = await startGateway(nats.url, { auth: 'on', ...more, limits: { ...NO_LIMITS, ...limits } });
  stops.push(() => app.close());
  app.get(Identification).identify = async ({ headers: { 'x-user': user } }) => {
    if (user === 'bad') throw new Problem(401, 'This key is not good.');
    return typeof user === 'string'
      ? { tenant: user, userId: user, role: 'user', scopes: ['read', 'write'], by: 'session' }
      : OPEN_CALLER;
  };
  const call = async (path: string, headers: Record<string, string> = {}, init: RequestInit = {}) => {
    const answer = await fetch(`${origin}${path}`, { ...init, headers });
    return { status: answer.status, headers: answer.headers, json: (await answer.json()) as { detail: string } };
  };
  const submit = (user?: string, body: object = { n: 10 }) =>
    call(
      '/v1/jobs',
      { 'content-type': 'application/json', ...(user !== undefined && { 'x-user': user }) },
      { method: 'POST', body: JSON.stringify(body) },
    );
  await eventually(async () => expect((await submit()).status).toBe(202));
  return { call, submit, origin };
}

const statuses = (answers: { status: number }[], status: number): number =>
  answers.filter((answer) => answer.status === status).length;

let users = 0;
const newUser = (): string => `user-${(users += 1)}`;

describe('submissions of one user', () => {
  test('are as many as the limit over two gateways, then 429 with when to try again, and those of others go on', async () => {
    const gateways = await Promise.all([1, 2].map(() => gatewayWith({ submits: { count: 10, windowMs: 3_600_000 } })));
    const user = newUser();
    const answers = await Promise.all(Array.from({ length: 40 }, (_, index) => gateways[index % 2]!.submit(user)));
    expect([statuses(answers, 202), statuses(answers, 429)]).toEqual([10, 30]);
    const refused = await gateways[0]!.submit(user);
    expect(refused.status).toBe(429);
    const retrySec = Number(refused.headers.get('retry-after'));
    expect(retrySec).toBeGreaterThan(3_500);
    expect(retrySec).toBeLessThanOrEqual(3_660);
    expect(refused.json.detail).toBe(
      `You have sent as many submissions as are allowed: 10 in 3600 s. Try again in ${retrySec} s.`,
    );
    expect(refused.headers.get('ratelimit-policy')).toBe('"submits";q=10;w=3600');
    expect(refused.headers.get('ratelimit')).toBe(`"submits";r=0;t=${retrySec}`);
    const other = await gateways[0]!.submit(newUser());
    expect(other.status).toBe(202);
    expect(other.headers.get('ratelimit')).toMatch(/^"submits";r=9;t=36\d\d$/);
    expect((await world.mailbox()).filter(({ data }) => Buffer.from(data).includes(`"${user}"`))).toHaveLength(10);
  });

  test('are never more than the limit in any window, and never fewer than the limit less one', async () => {
    const rate = { count: 6, windowMs: 1_000 };
    const gateways = await Promise.all([1, 2].map(() => gatewayWith({ submits: rate })));
    const user = newUser();
    const admitted: { sentMs: number; answeredMs: number }[] = [];
    const beganMs = performance.now();
    await Promise.all(
      gateways.flatMap(({ submit }) =>
        [1, 2].map(async () => {
          while (performance.now() - beganMs < 4_200) {
            const sentMs = performance.now();
            if ((await submit(user)).status === 202) admitted.push({ sentMs, answeredMs: performance.now() });
          }
        }),
      ),
    );
    // What was counted is counted between the request and its answer: of seven in a row the first and last are a window apart.
    const [sent, answered] = [
      admitted.map(({ sentMs }) => sentMs).sort((a, b) => a - b),
      admitted.map(({ answeredMs }) => answeredMs).sort((a, b) => a - b),
    ];
    for (let at = rate.count; at < admitted.length; at += 1)
      expect(answered[at]! - sent[at - rate.count]!).toBeGreaterThan(rate.windowMs);
    expect(admitted.length).toBeGreaterThanOrEqual(4 * (rate.count - 1));
  });

  test('count when the body is wrong, and a limit that is off counts nothing', async () => {
    const { submit } = await gatewayWith({ submits: { count: 1, windowMs: 3_600_000 } });
    const user = newUser();
    const wrong = await submit(user, { n: 'x', wrong: 1 });
    expect(wrong.status).toBe(422);
    expect(wrong.headers.get('ratelimit')).toMatch(/^"submits";r=0;/);
    expect((await submit(user)).status).toBe(429);
    const open = await gatewayWith({});
    expect((await open.submit(user)).headers.get('ratelimit')).toBeNull();
  });

  test('have no limit without accounts', async () => {
    const { submit } = await gatewayWith({ submits: { count: 1, windowMs: 3_600_000 } });
    const answers = await Promise.all(Array.from({ length: 10 }, () => submit()));
    expect(statuses(answers, 202)).toBe(10);
    expect(answers.every(({ headers }) => headers.get('ratelimit') === null)).toBe(true);
  });
});

describe('requests without a good key', () => {
  test('are 401 as often as the limit of their address, then 429; good ones of the same address go on', async () => {
    const proxied = { trustedProxies: ['127.0.0.1'] };
    const [one, other] = await Promise.all(
      [1, 2].map(() => gatewayWith({ address: { count: 3, windowMs: 3_600_000 } }, proxied)),
    );
    const from = (address: string, user: string) => ({ 'x-user': user, 'x-forwarded-for': address });
    const tries = await Promise.all(
      [one!, other!, one!, other!, one!].map(({ call }) => call('/v1/jobs', from('192.0.2.1', 'bad'))),
    );
    expect([statuses(tries, 401), statuses(tries, 429)]).toEqual([3, 2]);
    const refused = await one!.call('/v1/jobs', from('192.0.2.1', 'bad'));
    expect(refused.headers.get('ratelimit-policy')).toBe('"address";q=3;w=3600');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(3_500);
    expect((await one!.call('/v1/jobs', from('192.0.2.1', newUser()))).status).toBe(200);
    expect((await one!.call('/v1/jobs', from('192.0.2.2', 'bad'))).status).toBe(401);
  });

  test('count for the connection when the proxy is not trusted', async () => {
    const { call } = await gatewayWith({ address: { count: 2, windowMs: 3_600_000 } });
    const from = (address: string) => call('/v1/jobs', { 'x-user': 'bad', 'x-forwarded-for': address });
    const tries = [await from('192.0.2.11'), await from('192.0.2.12'), await from('192.0.2.13')];
    expect(tries.map(({ status }) => status)).toEqual([401, 401, 429]);
  });
});

describe('a WebSocket that is asked for without a good key', () => {
  /** Its status, as a client without WebSockets sees it. */
  const wish = (origin: string, user: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const headers = {
        connection: 'upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
        'x-user': user,
        'x-forwarded-for': '192.0.2.61',
      };
      const request = httpGet(`${origin}/ws`, { headers, agent: false });
      request.on('error', reject);
      request.on('response', (answer) => resolve(answer.resume().statusCode ?? 0));
      request.on('upgrade', (_answer, socket) => {
        socket.destroy();
        resolve(101);
      });
    });

  // Seen: keys were refused there without an end, and counted nowhere.
  test('counts for its address with all other requests, on all gateways, and one with a good key is let in', async () => {
    const limits = { address: { count: 3, windowMs: 3_600_000 } };
    const [one, other] = await Promise.all([1, 2].map(() => gatewayWith(limits, { trustedProxies: ['127.0.0.1'] })));
    const tries = [await wish(one!.origin, 'bad'), await wish(other!.origin, 'bad')];
    tries.push((await one!.call('/v1/jobs', { 'x-user': 'bad', 'x-forwarded-for': '192.0.2.61' })).status);
    tries.push(await wish(one!.origin, 'bad'), await wish(other!.origin, 'bad'));
    expect(tries).toEqual([401, 401, 401, 429, 429]);
    expect(await wish(one!.origin, newUser())).toBe(101);
  });

  test('is counted nowhere without accounts', async () => {
    const { origin } = await gatewayWith({ address: { count: 1, windowMs: 3_600_000 } }, { auth: 'off' });
    expect([await wish(origin, 'bad'), await wish(origin, 'bad')]).toEqual([401, 401]);
  });
});

describe('the old password', () => {
  test('is tried five times by one user, from whatever address, and by others meanwhile', async () => {
    const limits = { 'sign-ins': { count: 5, windowMs: 900_000 } };
    const [one, other] = await Promise.all([1, 2].map(() => gatewayWith(limits, { trustedProxies: ['127.0.0.1'] })));
    const body = JSON.stringify({ old_password: 'a guess', new_password: 'four other words in a row' });
    const tried = async (user: string, count: number) => {
      const headers = { 'content-type': 'application/json', 'x-user': user, 'x-forwarded-for': `192.0.2.${count}` };
      return (await (count % 2 ? one : other)!.call('/v1/auth/password', headers, { method: 'POST', body })).status;
    };
    const [user, statuses] = [newUser(), [] as number[]];
    // There is no such account here.
    for (let count = 0; count < 6; count += 1) statuses.push(await tried(user, count));
    expect(statuses).toEqual([404, 404, 404, 404, 404, 429]);
    expect(await tried(newUser(), 0)).toBe(404);
  });
});

describe('signing in', () => {
  const login = (call: Awaited<ReturnType<typeof gatewayWith>>['call'], email: string, address: string) =>
    call(
      '/v1/auth/login',
      { 'content-type': 'application/json', 'x-forwarded-for': address },
      { method: 'POST', body: JSON.stringify({ email, password: 'not the password of this one' }) },
    );

  test('is tried five times from one address for one account, and by others, and for others, meanwhile', async () => {
    const limits = { 'sign-ins': { count: 5, windowMs: 900_000 }, address: { count: 8, windowMs: 900_000 } };
    const { call } = await gatewayWith(limits, { trustedProxies: ['127.0.0.1'] });
    const tries = [];
    for (let count = 0; count < 6; count += 1)
      tries.push((await login(call, count % 2 ? 'Anna@example.org' : 'anna@example.org ', '192.0.2.21')).status);
    expect(tries).toEqual([401, 401, 401, 401, 401, 429]);
    expect((await login(call, 'anna@example.org', '192.0.2.22')).status).toBe(401);
    const other = await login(call, 'bert@example.org', '192.0.2.21');
    expect(other.status).toBe(401);
    expect(other.headers.get('ratelimit-policy')).toBe('"address";q=8;w=900, "sign-ins";q=5;w=900');
    // All accounts together, and registering too.
    expect((await login(call, 'carl@example.org', '192.0.2.21')).status).toBe(401);
    expect((await login(call, 'dora@example.org', '192.0.2.21')).status).toBe(429);
  });

  test('is tried as often over two gateways at once as over one', async () => {
    const limits = { 'sign-ins': { count: 5, windowMs: 900_000 } };
    const [one, other] = await Promise.all([1, 2].map(() => gatewayWith(limits, { trustedProxies: ['127.0.0.1'] })));
    const tries = await Promise.all(
      Array.from({ length: 12 }, (_, index) => login((index % 2 ? one! : other!).call, 'emma@example.org', '192.0.2.23')),
    );
    expect([statuses(tries, 401), statuses(tries, 429)]).toEqual([5, 7]);
  });
});

describe('the demo', () => {
  const demo = (call: Awaited<ReturnType<typeof gatewayWith>>['call'], body: object, address = '192.0.2.31') =>
    call(
      '/v1/jobs/demo',
      { 'content-type': 'application/json', 'x-forwarded-for': address },
      { method: 'POST', body: JSON.stringify(body) },
    );
  const proxied = { trustedProxies: ['127.0.0.1'] };

  test.each(['on', 'off'] as const)('is taken five times a minute from one address, with AUTH=%s', async (auth) => {
    const limits = { demo: { count: 5, windowMs: 60_000 } };
    const [one, other] = await Promise.all([1, 2].map(() => gatewayWith(limits, { ...proxied, auth })));
    const address = `192.0.2.${auth === 'on' ? 41 : 42}`;
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) => demo((index % 2 ? one! : other!).call, { n: 10_000 }, address)),
    );
    expect([statuses(answers, 202), statuses(answers, 429)]).toEqual([5, 7]);
    expect((await demo(one!.call, { n: 10_000 }, '192.0.2.43')).status).toBe(202);
  });

  test('is a job that every visitor may read, and no job of a user', async () => {
    const { call } = await gatewayWith({ demo: { count: 1_000, windowMs: 60_000 } }, { ...proxied, auth: 'on' });
    const accepted = await demo(call, { n: 10_000, chunks: 8 });
    const { job_id: id } = accepted.json as unknown as { job_id: string };
    expect(accepted).toMatchObject({ status: 202, json: { status: 'pending', cached: false } });
    expect(accepted.headers.get('location')).toBe(`/v1/jobs/demo/${id}`);
    const view = { job_id: id, kind: 'sum', status: 'pending', total_chunks: 8 };
    expect(await call(`/v1/jobs/demo/${id}`)).toMatchObject({ status: 200, json: view });
    expect((await call(`/v1/jobs/${id}`, { 'x-user': newUser() })).status).toBe(404);
    expect((await call('/v1/jobs/demo/no-id')).status).toBe(404);
    // Seen: every visitor was shown the names of workers, and so of their hosts.
    const workers = { 'secret-host-7-a1b2c3': 3, 'secret-host-8-d4e5f6': 5 };
    await world.save(
      aJobView({ tenant: DEMO_TENANT, job_id: id, kind: 'sum', status: 'completed', workers, result: 50_005_000 }),
    );
    const shown = await call(`/v1/jobs/demo/${id}`);
    expect(shown.json).toMatchObject({ status: 'completed', workers: { 'worker-1': 5, 'worker-2': 3 }, result: 50_005_000 });
    expect(JSON.stringify(shown.json)).not.toContain('secret-host');
  });

  test.each([
    [{ n: 10_001 }, 400],
    [{ n: 0 }, 400],
    [{ n: 10, chunks: 9 }, 400],
    [{ n: 10, chunks: 0 }, 400],
    [{ chunks: 8 }, 422],
    [{ n: '10' }, 422],
    [{ n: 10, kind: 'primes' }, 422],
  ])('is a small sum: %j is %i', async (body, status) => {
    const { call } = await gatewayWith({}, proxied);
    expect((await demo(call, body)).status).toBe(status);
  });

  test('is read as often as its limit', async () => {
    const { call } = await gatewayWith({ 'demo-reads': { count: 3, windowMs: 60_000 } }, proxied);
    const read = () => call('/v1/jobs/demo/01890000-0000-7000-8000-000000000000', { 'x-forwarded-for': '192.0.2.51' });
    expect([await read(), await read(), await read(), await read()].map(({ status }) => status)).toEqual([404, 404, 404, 429]);
  });
});

test('one address makes as many accounts as its limit, also signed in, whatever the requests of others count', async () => {
  const more = { registration: true, trustedProxies: ['127.0.0.1'] };
  const { call } = await gatewayWith({ registrations: { count: 3, windowMs: 3_600_000 } }, more);
  const register = (from: string, user?: string) =>
    call(
      '/v1/auth/register',
      { 'content-type': 'application/json', 'x-forwarded-for': from, ...(user !== undefined && { 'x-user': user }) },
      { method: 'POST', body: JSON.stringify({ email: `${newUser()}@example.org`, password: 'short' }) },
    );
  const answers = [await register('192.0.2.1', newUser()), await register('192.0.2.1'), await register('192.0.2.1', newUser())];
  expect(answers.map(({ status }) => status)).toEqual([422, 422, 422]);
  const refused = await register('192.0.2.1', newUser());
  expect([refused.status, refused.json.detail]).toEqual([429, expect.stringContaining('tries to make an account')]);
  expect((await register('192.0.2.2')).status).toBe(422);
});

test('what is counted names no address and no user, and is acknowledged before it is on disk', async () => {
  const { submit } = await gatewayWith({ submits: { count: 5, windowMs: 60_000 } });
  await submit(newUser());
  const bucket = await world.bucket('limits');
  const entries = await bucket.entries(keys.limit('submits', '*'));
  expect(entries.length).toBeGreaterThan(0);
  for (const { key, value } of entries) expect(`${key}${Buffer.from(value!).toString()}`).not.toMatch(/user-|127\.0|local/);
  const { config } = await world.broker.manager.streams.info('KV_limits');
  expect([config.persist_mode, config.discard]).toEqual(['async', 'old']);
});

// Last: it ends the server.
test('without NATS, submissions that must be counted are refused, and after its start what was counted still counts', async () => {
  const { submit } = await gatewayWith({ submits: { count: 2, windowMs: 3_600_000 } });
  const user = newUser();
  expect((await submit(user)).status).toBe(202);
  await nats.kill();
  const refused = await submit(user);
  expect(refused.status).toBe(503);
  expect(refused.json.detail).toBe(
    'The limit of submissions cannot be checked, because NATS does not answer; nothing was done. Try again in a few seconds.',
  );
  expect(refused.headers.get('retry-after')).toBe('3');
  await nats.restart();
  await eventually(async () => expect((await submit(user)).status).toBe(429));
  const fresh = newUser();
  expect([await submit(fresh), await submit(fresh), await submit(fresh)].map(({ status }) => status)).toEqual([202, 202, 429]);
});
