import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { CALLS_MAX, withinTrace } from './outside-calls.ts';

let server: Server;
let url: string;
const seen: (string | undefined)[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    seen.push(request.headers['traceparent'] as string | undefined);
    response.writeHead(request.url === '/broken' ? 500 : 200).end('x');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => void (seen.length = 0));

const head = `00-${'a'.repeat(32)}-`;
const trace = `${head}${'b'.repeat(16)}-01`;

test('fetch within a traced run has a traceparent of its own, and is noted', async () => {
  const { result, noted } = withinTrace(trace, async () => {
    await (await fetch(`${url}/one`)).text();
    await (await fetch(`${url}/broken`)).text();
  });
  await result;
  expect(noted).toMatchObject([
    { method: 'GET', host: new URL(url).host, status: 200 },
    { method: 'GET', status: 500 },
  ]);
  expect(seen).toEqual(noted.map(({ spanId }) => `${head}${spanId}-01`));
  expect(noted[0]!.endMs).toBeGreaterThanOrEqual(noted[0]!.startMs);
});

test('so has a request of node:http', async () => {
  const { result, noted } = withinTrace(trace, async () => {
    const answer = await new Promise<IncomingMessage>((resolve) => get(url, resolve));
    answer.resume();
    await new Promise((resolve) => answer.once('close', resolve));
  });
  await result;
  expect(noted).toMatchObject([{ method: 'GET', status: 200 }]);
  expect(seen).toEqual([`${head}${noted[0]!.spanId}-01`]);
});

test('a request that fails states why', async () => {
  const gone = createServer();
  await new Promise<void>((listening) => gone.listen(0, '127.0.0.1', listening));
  const { port } = gone.address() as AddressInfo;
  await new Promise((closed) => gone.close(closed));
  const { result, noted } = withinTrace(trace, () => fetch(`http://127.0.0.1:${port}/`).catch(() => undefined));
  await result;
  expect(noted).toMatchObject([{ error: expect.any(String) as string }]);
});

test('a request outside a traced run, and one with a traceparent of its own, stay as they are', async () => {
  await (await fetch(url)).text();
  const { result, noted } = withinTrace(trace, async () => (await fetch(url, { headers: { traceparent: 'mine' } })).text());
  await result;
  expect([seen, noted]).toEqual([[undefined, 'mine'], []]);
});

test('so many calls of one run are noted, and one more gets its header alone', async () => {
  const { result, noted } = withinTrace(trace, async () => {
    for (let count = 0; count <= CALLS_MAX; count += 1) await (await fetch(url)).text();
  });
  await result;
  expect(noted).toHaveLength(CALLS_MAX);
  expect(seen.filter((header) => header?.startsWith(head))).toHaveLength(CALLS_MAX + 1);
});
