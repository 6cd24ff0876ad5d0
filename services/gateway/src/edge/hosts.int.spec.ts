/** Who is served: by the name it asks for, and by the page that asks. On REST, event streams and the WebSocket alike. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newJobId } from '@manyhands/proto';
import { aJobView, aKindRegistration, eventually, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { startFixture, startGateway, type GatewayFixture } from '../gateway.fixture.ts';
import type { EdgeAdapter } from './edge-adapter.ts';
import { readOrigins } from '@manyhands/proto/settings';
import { exchange, request, type RawAnswer } from './raw-client.fixture.ts';

let nats: NatsServer;
let gateway: GatewayFixture;
let port: string;
const job = newJobId();

beforeAll(async () => {
  nats = await startNatsServer();
  gateway = await startFixture(nats.url, { origins: readOrigins('https://status.example, https://[::1]') });
  ({ port } = new URL(gateway.origin));
  await gateway.world.register(aKindRegistration());
  await gateway.world.save(aJobView({ job_id: job, status: 'completed', finished_at: new Date().toISOString() }));
  await eventually(async () => expect((await gateway.call(`/v1/jobs/${job}`)).status).toBe(200));
});

afterAll(async () => {
  await gateway?.stop();
  await nats?.stop();
});

async function ask(
  method: string,
  target: string,
  headers: Record<string, string>,
  body = '',
  origin = gateway.origin,
): Promise<RawAnswer> {
  return (await exchange(origin, request(origin, method, target, headers, body), [method])).answers[0]!;
}

const webSocket = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
};
const stranger = { status: 421, body: expect.stringMatching(/not known as evil\.example.*MANYHANDS_ORIGINS/) };

test('a name that is not ours is refused on every route, and on the WebSocket, in a sentence that says what to set', async () => {
  for (const host of [`evil.example:${port}`, 'evil.example']) {
    for (const [method, url] of (gateway.app.getHttpAdapter() as unknown as EdgeAdapter).door.routes.routes) {
      const answer = await ask(method, url.replace('*', '').replaceAll(/:\w+/g, job), { Host: host });
      expect([url, answer.status]).toEqual([url, 421]);
      if (method !== 'HEAD') expect(answer).toMatchObject(stranger);
    }
    expect(await ask('GET', '/ws', { ...webSocket, Host: host, Origin: `http://${host}` })).toMatchObject(stranger);
    expect(
      await ask(
        'POST',
        '/v1/jobs',
        { Host: host, Origin: `http://${host}`, 'Content-Type': 'application/json' },
        '{"kind":"sum","params":{"n":1}}',
      ),
    ).toMatchObject(stranger);
  }
  expect(await gateway.world.mailbox()).toEqual([]);
});

test('the names of this machine with our port are served, and those of allowed origins; a default port may be there or not', async () => {
  for (const host of [
    `localhost:${port}`,
    `LOCALHOST.:${port}`,
    `127.0.0.1:${port}`,
    `[::1]:${port}`,
    'status.example',
    'status.example:443',
    'status.example.',
    '[::1]:443',
  ]) {
    expect((await ask('GET', `/v1/jobs/${job}`, { Host: host })).status, host).toBe(200);
    expect((await ask('GET', `/v1/jobs/${job}/events`, { Host: host })).status, host).toBe(200);
    expect((await ask('GET', '/ws', { ...webSocket, Host: host })).status, host).toBe(101);
  }
  for (const host of ['localhost', 'localhost:1', '127.0.0.1', `localhost.evil.example:${port}`, `127.0.0.1.nip.io:${port}`])
    expect((await ask('GET', '/v1/jobs', { Host: host })).status, host).toBe(421);
});

test('pages of ours and of allowed origins get in, whatever proxy spells their address; others do not', async () => {
  const own = `127.0.0.1:${port}`;
  for (const [host, origin] of [
    [own, `http://${own}`],
    [own, 'https://status.example'],
    ['status.example:443', 'https://status.example'],
    ['status.example.', 'https://status.example.'],
    ['[::1]:443', 'https://[::1]'],
    ['status.example', 'https://STATUS.example:443'],
  ] as const) {
    expect((await ask('GET', '/ws', { ...webSocket, Host: host, Origin: origin })).status, `${host} ${origin}`).toBe(101);
    expect(
      (
        await ask(
          'POST',
          '/v1/jobs',
          { Host: host, Origin: origin, 'Content-Type': 'application/json' },
          '{"kind":"sum","params":{"n":1}}',
        )
      ).status,
      `${host} ${origin}`,
    ).toBe(202);
  }
  for (const origin of [
    'null',
    'https://evil.example',
    `https://${own}`,
    'http://127.0.0.1',
    `http://${own}.evil.example`,
    'http://status.example',
    'https://status.example.evil',
  ]) {
    expect(await ask('GET', '/ws', { ...webSocket, Origin: origin }), origin).toMatchObject({
      status: 403,
      body: expect.stringContaining('MANYHANDS_ORIGINS'),
    });
    for (const [method, target] of [
      ['POST', '/v1/jobs'],
      ['POST', `/v1/jobs/${job}/requeue`],
      ['DELETE', `/v1/jobs/${job}`],
    ] as const)
      expect((await ask(method, target, { Origin: origin })).status, `${method} ${origin}`).toBe(403);
  }
});

test('a host said twice, not at all, or not as one is refused; HTTP/1.0 may leave it out', async () => {
  const raw = async (bytes: string): Promise<number | undefined> =>
    (await exchange(gateway.origin, bytes, ['GET'])).answers[0]?.status;
  expect(await raw('GET /healthz HTTP/1.1\r\n\r\n')).toBe(400);
  expect(await raw(`GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nHost: evil.example\r\n\r\n`)).toBe(400);
  expect(await raw('GET /healthz HTTP/1.1\r\nHost:\r\n\r\n')).toBe(400);
  expect(await raw(`GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:${port}, evil.example\r\n\r\n`)).toBe(400);
  expect(await raw(`GET /healthz HTTP/1.1\r\nHost: evil.example@127.0.0.1:${port}\r\n\r\n`)).toBe(400);
  expect(await raw('GET /healthz HTTP/1.0\r\n\r\n')).toBe(200);
  expect(await raw('GET /healthz HTTP/1.0\r\nHost: evil.example\r\n\r\n')).toBe(421);
  expect(await raw(`GET http://evil.example/healthz HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`)).toBe(421);
  expect(await raw(`GET http://127.0.0.1:${port}/healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n`)).toBe(421);
});

test('what is refused is counted', async () => {
  await ask('GET', '/v1/jobs', { Host: 'evil.example' });
  expect((await gateway.call('/metrics')).text).toMatch(/manyhands_http_refused_total\{reason="host",.*\} [1-9]/);
});

test('a gateway beyond this machine is known by any address in numbers', async () => {
  const open = await startGateway(nats.url, { host: '0.0.0.0' });
  for (const host of ['192.168.7.7:30080', `10.0.0.1:${new URL(open.origin).port}`])
    expect((await ask('GET', '/healthz', { Host: host }, '', open.origin)).status).toBe(200);
  expect((await ask('GET', '/healthz', { Host: 'evil.example' }, '', open.origin)).status).toBe(421);
  await open.app.close();
});

test('HOST=localhost is reached at both of its addresses', async () => {
  const { app, origin } = await startGateway(nats.url, { host: 'localhost' }, 0, 'localhost');
  const reached = await Promise.allSettled(
    ['127.0.0.1', '[::1]'].map(
      async (address) => (await ask('GET', '/healthz', {}, '', `http://${address}:${new URL(origin).port}`)).status,
    ),
  );
  // A machine may have only one of them.
  expect(reached.filter((one) => one.status === 'fulfilled' && one.value === 200).length).toBeGreaterThan(0);
  for (const one of reached) if (one.status === 'fulfilled') expect(one.value).toBe(200);
  await app.close();
});
