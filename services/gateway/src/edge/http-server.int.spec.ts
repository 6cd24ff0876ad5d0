/** The server below the routes, alone: what becomes of connections that stop, lie, or never end. */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocketServer } from 'ws';
import { afterEach, expect, test } from 'vitest';
import { eventually } from '@manyhands/testkit';
import { LEAVING_BYTES_MAX, LEAVING_SILENT_MS } from './connections.ts';
import { Door } from './door.ts';
import { createHttpServer, HEADER_BYTES_MAX, onWebSocket, type HttpServer, type HttpServerSettings } from './http-server.ts';
import { knownHosts } from './known-hosts.ts';
import { exchange, open, readAnswers, request, type RawAnswer } from './raw-client.fixture.ts';
import type { RefusalReason } from './refusal.ts';
import { RouteTable } from './route-table.ts';

interface Running extends HttpServer {
  readonly origin: string;
  readonly door: Door;
  readonly refused: RefusalReason[];
  /** Answers that a test gives when it likes: requests for `/slow`. */
  readonly slow: ServerResponse[];
}

/** More than a connection holds by itself. */
const largeBytes = 30 * 1024 ** 2;

const stops: (() => void)[] = [];

afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

async function start(settings: Partial<HttpServerSettings> = {}): Promise<Running> {
  const routes = new RouteTable();
  routes.add(['GET', 'HEAD', 'POST'], '/slow');
  routes.add(['GET', 'HEAD', 'POST'], '/echo');
  const door = new Door({ hosts: knownHosts({ listensOn: '127.0.0.1', origins: [], machine: 'test' }), origins: [], routes });
  const refused: RefusalReason[] = [];
  const slow: ServerResponse[] = [];
  const http = createHttpServer(
    { door, connectionsMax: 100, refused: ({ reason }) => refused.push(reason), ...settings },
    (given: IncomingMessage, answer: ServerResponse) => {
      if (given.url === '/echo?large') return void answer.end(Buffer.alloc(largeBytes, 'x'));
      if (given.url === '/slow') return void slow.push(answer);
      void given.toArray().then(
        (parts) => answer.end(String(Buffer.concat(parts as Buffer[]).length)),
        () => undefined,
      );
    },
  );
  const webSockets = new WebSocketServer({ noServer: true });
  onWebSocket(http, door, {
    refusalOf: () => Promise.resolve(undefined),
    welcome: (given, socket, head) =>
      webSockets.handleUpgrade(given, socket, head, (client) => client.on('error', () => client.terminate())),
  });
  http.server.listen(0, '127.0.0.1');
  await once(http.server, 'listening');
  stops.push(() => {
    http.connections.endAll();
    http.server.close();
  });
  return { ...http, origin: `http://127.0.0.1:${(http.server.address() as AddressInfo).port}`, door, refused, slow };
}

const webSocket = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

/** All that comes until the connection ends. */
async function untilEnd(socket: Socket): Promise<Buffer> {
  const parts: Buffer[] = [];
  socket.on('data', (part: Buffer) => parts.push(part));
  if (!socket.closed) await once(socket, 'close');
  return Buffer.concat(parts);
}

async function answersTo(socket: Socket, methods: readonly string[]): Promise<RawAnswer[]> {
  return readAnswers(await untilEnd(socket), methods, true).answers;
}

// Seen: such a reset was an error that nobody listened for, and ended the gateway.
test('a client that resets while it is refused, at any moment, leaves nothing behind', async () => {
  const running = await start();
  const { origin } = running;
  const wishes = [
    request(origin, 'GET', '/elsewhere', webSocket),
    request(origin, 'GET', '/ws', { ...webSocket, Origin: 'https://evil.example' }),
    request(origin, 'GET', '/ws', webSocket),
    `CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n`,
    'garbage\r\n\r\n',
    request(origin, 'PUT', '/echo', {}, 'x'),
  ];
  for (let round = 0; round < 5; round += 1) {
    await Promise.all(
      wishes.flatMap((bytes) =>
        [true, false].map(async (waits) => {
          const socket = open(origin);
          await once(socket, 'connect');
          socket.write(bytes);
          if (waits) await once(socket, 'data');
          socket.resetAndDestroy();
        }),
      ),
    );
  }
  await eventually(() => expect(running.connections.count).toBe(0));
  expect((await exchange(origin, request(origin, 'GET', '/echo'), ['GET'])).answers[0]?.status).toBe(200);
  expect(new Set(running.refused)).toEqual(new Set(['upgrade', 'origin', 'method', 'malformed']));
});

test('what is no HTTP is answered after the answers owed before it, never into them', async () => {
  const { origin, slow } = await start();
  for (const [behind, status] of [
    ['garbage\r\n\r\n', 400],
    ['GET /echo HTTP/9.9\r\n\r\n', 400],
    ['CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n', 405],
    [`GET /echo HTTP/1.1\r\nA: ${'x'.repeat(HEADER_BYTES_MAX)}\r\n\r\n`, 431],
  ] as const) {
    const socket = open(origin);
    socket.write(`${request(origin, 'GET', '/slow')}${behind}`);
    await eventually(() => expect(slow).toHaveLength(1));
    const answers = answersTo(socket, ['GET', 'GET']);
    slow.pop()!.end('first');
    const [first, second] = await answers;
    expect([first?.body, second?.status, second?.headers['connection']]).toEqual(['first', status, 'close']);
    expect(JSON.parse(second!.body)).toEqual({ detail: expect.stringMatching(/.\.$/) });
  }
});

test('a WebSocket that is asked for behind an answer still owed is refused in its turn', async () => {
  const { origin, slow } = await start();
  const socket = open(origin);
  socket.write(request(origin, 'GET', '/slow') + request(origin, 'GET', '/ws', webSocket));
  await eventually(() => expect(slow).toHaveLength(1));
  const answers = answersTo(socket, ['GET', 'GET']);
  slow.pop()!.end('first');
  expect((await answers).map(({ status, body }) => [status, body])).toEqual([
    [200, 'first'],
    [400, expect.stringContaining('its own connection')],
  ]);
});

test('a body that turns out to be none is refused in place of its answer', async () => {
  const { origin } = await start();
  const { answers } = await exchange(origin, `${request(origin, 'POST', '/echo', { 'Transfer-Encoding': 'chunked' })}zz\r\n`, [
    'POST',
  ]);
  expect(answers[0]).toMatchObject({ status: 400, headers: { connection: 'close' } });
});

test('a connection that says nothing, half a head, or half a body is ended in time, with 408', async () => {
  const { origin, connections } = await start({ headWithinMs: 200, requestWithinMs: 400 });
  for (const [bytes, statuses] of [
    ['', [408]],
    ['GET /echo HT', [408]],
    [request(origin, 'POST', '/echo', { 'Content-Length': '10' }), [408]],
    [`${request(origin, 'GET', '/echo')}GET /`, [200, 408]],
  ] as const) {
    const socket = open(origin);
    socket.write(bytes);
    expect(
      (await answersTo(socket, ['GET', 'GET'])).map(({ status }) => status),
      bytes,
    ).toEqual(statuses);
  }
  await eventually(() => expect(connections.count).toBe(0));
});

test('a body that was refused and never comes is not answered a second time', async () => {
  const { origin } = await start({ headWithinMs: 200, requestWithinMs: 400 });
  const socket = open(origin);
  socket.write(request(origin, 'PUT', '/echo', { 'Content-Length': '10' }));
  const bytes = await untilEnd(socket);
  expect(readAnswers(bytes, ['PUT'], true)).toMatchObject({ answers: [{ status: 405 }], rest: '' });
});

test('who does not read its answer is ended', async () => {
  const { origin, connections } = await start({ stuckMs: 500 });
  const stuck = ([{}, { Connection: 'close' }] as Record<string, string>[]).map((headers) => {
    const socket = open(origin);
    socket.write(request(origin, 'GET', '/echo?large', headers));
    return socket.pause();
  });
  await eventually(() => expect(connections.count).toBe(2));
  await eventually(() => expect(connections.count).toBe(0));
  for (const socket of stuck) socket.destroy();
});

// Slower than the time that one who leaves may be silent.
test('who reads its last answer slowly gets all of it', async () => {
  const { origin } = await start();
  const slow = open(origin);
  slow.write(request(origin, 'GET', '/echo?large', { Connection: 'close' }));
  let read = 0;
  const beganMs = performance.now();
  for await (const part of slow) {
    read += (part as Buffer).length;
    if (read < largeBytes / 2 && performance.now() - beganMs < LEAVING_SILENT_MS + 1_500) await pause(100);
  }
  expect(read).toBeGreaterThan(largeBytes);
});

test('a body is asked for only when its request is let in', async () => {
  const { origin } = await start();
  const asked = (target: string, headers = {}) =>
    request(origin, 'POST', target, { Expect: '100-continue', 'Content-Length': '3', ...headers });
  const taken = open(origin);
  taken.write(asked('/echo', { Connection: 'close' }));
  expect(String((await once(taken, 'data'))[0])).toMatch(/^HTTP\/1.1 100 Continue/);
  taken.write('abc');
  expect(String(await untilEnd(taken))).toMatch(/\r\n\r\n(1\r\n)?3/);
  for (const [target, headers, status] of [
    ['/nowhere', {}, 404],
    ['/echo', { Host: 'evil.example' }, 421],
    ['/echo', { Expect: 'more' }, 417],
  ] as const) {
    const socket = open(origin);
    socket.write(asked(target, headers));
    expect(await answersTo(socket, ['POST'])).toMatchObject([{ status, headers: { connection: 'close' } }]);
  }
});

// Seen: "100 Continue" between the head and the body of its answer.
test('behind an answer still owed a body is not asked for', async () => {
  const { origin, slow } = await start();
  const socket = open(origin);
  socket.write(
    `${request(origin, 'GET', '/slow')}${request(origin, 'GET', '/echo', { Expect: '100-continue', Connection: 'close' })}`,
  );
  await eventually(() => expect(slow).toHaveLength(1));
  const all = untilEnd(socket);
  slow.pop()!.end('first');
  expect(String(await all)).not.toContain('100 Continue');
});

test('one connection more than there may be is told so', async () => {
  const running = await start({ connectionsMax: 3 });
  const held = [1, 2, 3].map(() => open(running.origin));
  await eventually(() => expect(running.connections.count).toBe(3));
  const { answers } = await exchange(running.origin, request(running.origin, 'GET', '/echo'), ['GET']);
  expect(answers[0]).toMatchObject({
    status: 503,
    headers: { 'retry-after': '2' },
    body: expect.stringContaining('Too many connections'),
  });
  held[0]!.destroy();
  await eventually(async () =>
    expect((await exchange(running.origin, request(running.origin, 'GET', '/echo'), ['GET'])).answers[0]?.status).toBe(200),
  );
});

test('who is told to leave and goes on sending is read from to a limit, and then ended', async () => {
  const { origin, connections } = await start();
  const socket = open(origin);
  socket.write(request(origin, 'POST', '/nowhere', { 'Transfer-Encoding': 'chunked' }));
  await once(socket, 'data');
  const part = Buffer.from(`100000\r\n${'x'.repeat(0x100000)}\r\n`);
  let sent = 0;
  while (!socket.destroyed && sent < LEAVING_BYTES_MAX * 4) {
    sent += part.length;
    if (!socket.write(part)) await Promise.race([once(socket, 'drain'), once(socket, 'close')]);
  }
  await eventually(() => expect(connections.count).toBe(0));
  expect(socket.destroyed).toBe(true);
  expect(sent).toBeLessThan(LEAVING_BYTES_MAX * 4);
}, 60_000);

test('while it drains, everything is refused with 503 and when to come back, and each answer is the last', async () => {
  const running = await start();
  const { origin, door, slow } = running;
  const old = open(origin);
  old.write(request(origin, 'GET', '/slow'));
  await eventually(() => expect(slow).toHaveLength(1));
  door.draining = true;
  for (const [method, target, headers] of [
    ['GET', '/echo', {}],
    ['POST', '/slow', {}],
    ['GET', '/ws', webSocket],
    ['GET', '/nowhere', {}],
    ['PUT', '/%', { Host: 'evil.example' }],
  ] as [string, string, Record<string, string>][]) {
    const { answers } = await exchange(origin, request(origin, method, target, headers), [method]);
    expect(answers[0], target).toMatchObject({
      status: 503,
      headers: { 'retry-after': expect.stringMatching(/^[1-9]/), connection: 'close', 'cache-control': 'no-store' },
      body: expect.stringContaining('stopping'),
    });
  }
  const answers = answersTo(old, ['GET']);
  slow.pop()!.end('still answered');
  expect((await answers)[0]).toMatchObject({ status: 200, body: 'still answered', headers: { connection: 'close' } });
});
