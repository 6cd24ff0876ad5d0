/** A gateway that is told to end: what it answers on every route, and that it ends whatever its clients hold open. */
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newJobId } from '@manyhands/proto';
import { aJobView, aKindRegistration, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { startFixture, type GatewayFixture } from '../gateway.fixture.ts';
import { DRAIN_MS, type EdgeAdapter } from './edge-adapter.ts';
import { exchange, open, request } from './raw-client.fixture.ts';

let nats: NatsServer;
let gateway: GatewayFixture;

beforeAll(async () => {
  nats = await startNatsServer();
  gateway = await startFixture(nats.url);
  await gateway.world.register(aKindRegistration());
});

afterAll(async () => {
  await gateway?.world.broker.close();
  await nats?.stop();
});

// Seen: 503 without `detail` and `Retry-After`; and an end that waited for whoever had sent half a request.
test('every route is 503 with what to do, and the end comes in time', async () => {
  const { origin } = gateway;
  const job = newJobId();
  await gateway.world.save(aJobView({ job_id: job, status: 'running' }));
  const held = [
    '',
    'GET /v1/jobs HT',
    `${request(origin, 'POST', '/v1/jobs', { 'Content-Type': 'application/json', 'Content-Length': '100' })}{`,
    request(origin, 'GET', `/v1/jobs/${job}/events`),
    `${request(origin, 'GET', '/healthz')}GET /`,
  ].map((bytes) => {
    const socket = open(origin);
    socket.write(bytes);
    return socket.resume();
  });
  await Promise.all(held.map((socket) => once(socket, 'connect')));
  const adapter = gateway.app.getHttpAdapter() as unknown as EdgeAdapter;
  adapter.beforeClose();
  for (const [method, url] of adapter.door.routes.routes) {
    const { answers } = await exchange(origin, request(origin, method, url.replace('*', '').replaceAll(/:\w+/g, job)), [method]);
    expect(answers[0], `${method} ${url}`).toMatchObject({
      status: 503,
      headers: { 'retry-after': expect.stringMatching(/^[1-9]/), connection: 'close' },
    });
    if (method === 'HEAD') continue;
    const detail = expect.stringMatching(/.\.$/) as string;
    const isOfOpenAi = /^\/v1\/(files|batches)/.test(url);
    expect(JSON.parse(answers[0]!.body), url).toEqual(
      isOfOpenAi
        ? { error: { message: detail, type: 'server_error', param: null, code: null } }
        : { ...(url === '/readyz' && { ready: false }), ...(url === '/monitoring/health' && { status: 'stopping' }), detail },
    );
  }
  const beganMs = performance.now();
  await gateway.app.close();
  expect(performance.now() - beganMs).toBeLessThan(DRAIN_MS);
  expect(adapter.http.connections.count).toBe(0);
});
