import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startNatsServer, type NatsServer } from '@manyhands/testkit';
import { startFixture, startGateway, type GatewayFixture } from '../gateway.fixture.ts';
import { Launcher } from './launcher.ts';

let nats: NatsServer;
let gateway: GatewayFixture;
let ordered: object[];
/** What the launcher answers to an order; undefined: nothing. */
let answered: (order: { id: number }) => object | undefined;
const path = '/v1/local/kill-worker';

beforeAll(async () => {
  nats = await startNatsServer();
  gateway = await startFixture(nats.url, { killsWorkers: true });
  const heard = new Set<(message: unknown) => void>();
  gateway.app.get(Launcher).channel = {
    send(order) {
      ordered.push(order);
      const answer = answered(order as { id: number });
      setImmediate(() => heard.forEach((each) => [{ other: 1 }, answer].forEach((message) => each(message))));
    },
    on: (_event, each) => heard.add(each),
    off: (_event, each) => heard.delete(each),
  };
});
beforeEach(() => {
  ordered = [];
  answered = ({ id }) => ({ type: 'WorkerKilled', id, worker: { name: 'compute', pid: 42 } });
});
afterAll(async () => {
  await gateway?.stop();
  await nats?.stop();
});

const kill = (headers: Record<string, string> = {}) => gateway.call(path, { method: 'POST', headers });

test('one order goes to the launcher for each request, and its answer comes back', async () => {
  expect((await gateway.call('/v1/auth')).json).toMatchObject({ auth: 'off', kills_workers: true });
  expect([await kill(), await kill()]).toMatchObject([
    { status: 200, json: { worker: 'compute', pid: 42 } },
    { status: 200, json: { worker: 'compute', pid: 42 } },
  ]);
  expect(ordered).toEqual([
    { type: 'KillWorker', id: 1 },
    { type: 'KillWorker', id: 2 },
  ]);
});

test('while no worker runs it is 409', async () => {
  answered = ({ id }) => ({ type: 'WorkerKilled', id, worker: null });
  expect(await kill()).toMatchObject({ status: 409, json: { detail: expect.stringContaining('is being started') } });
});

test('a launcher that does not answer is 503', async () => {
  answered = () => undefined;
  expect(await kill()).toMatchObject({ status: 503 });
});

test.each([
  ['a page of another origin', { origin: 'https://elsewhere.example' }, 403],
  ['a proxy', { 'x-forwarded-for': '192.0.2.7' }, 403],
  ['a proxy', { forwarded: 'for=192.0.2.7' }, 403],
])('through %s it is refused, and nothing is ordered', async (_who, headers, status) => {
  expect((await kill(headers as Record<string, string>)).status).toBe(status);
  expect(ordered).toEqual([]);
});

test('it is no link: GET is refused, and the description of the API does not have it', async () => {
  expect((await gateway.call(path)).status).toBe(405);
  expect((await gateway.call('/openapi.json')).text).not.toContain('/v1/local');
  expect(ordered).toEqual([]);
});

test('elsewhere there is no such address', async () => {
  for (const given of [{}, { auth: 'on' as const }]) {
    const { app, origin } = await startGateway(nats.url, given);
    const answer = await fetch(origin + path, { method: 'POST' });
    expect([answer.status, await answer.text()]).toEqual([404, expect.stringContaining('There is no POST')]);
    expect(await (await fetch(`${origin}/v1/auth`)).json()).not.toHaveProperty('kills_workers');
    await app.close();
  }
});
