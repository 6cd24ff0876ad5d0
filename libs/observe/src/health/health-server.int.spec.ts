import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createRegistry } from '../registry.ts';
import { serveHealth, type HealthServer } from './health-server.ts';

let problem: string | undefined;
let server: HealthServer;
const sockets: Socket[] = [];

beforeEach(async () => {
  problem = undefined;
  const metrics = createRegistry('test', { processMetrics: true });
  server = await serveHealth({ host: '127.0.0.1', port: 0, problem: () => problem, metrics });
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server.close();
});

const get = (path: string, method = 'GET') => fetch(`http://127.0.0.1:${server.port}${path}`, { method });

it('is alive, ready or not, and has metrics', async () => {
  expect((await get('/healthz')).status).toBe(200);
  expect(await (await get('/readyz?verbose')).text()).toBe('ready\n');
  problem = 'NATS is not reachable.';
  const unready = await get('/readyz');
  expect([unready.status, await unready.text()]).toEqual([503, 'NATS is not reachable.\n']);
  expect((await get('/healthz')).status).toBe(200);
  const metrics = await get('/metrics');
  expect(metrics.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(await metrics.text()).toContain('process_resident_memory_bytes{service="test"}');
});

it('answers HEAD without a body, other methods with 405 and other paths with 404', async () => {
  expect(await (await get('/healthz', 'HEAD')).text()).toBe('');
  const refused = await get('/readyz', 'POST');
  expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  expect((await get('/')).status).toBe(404);
});

it('outlives connections that are reset, send no HTTP or are too many', async () => {
  const open = () => {
    const socket = connect(server.port, '127.0.0.1').on('error', () => undefined);
    sockets.push(socket);
    return socket;
  };
  const reset = open();
  reset.once('connect', () => reset.write('GET /met', () => reset.resetAndDestroy()));
  open().write('no HTTP at all\r\n\r\n');
  const many = Array.from({ length: 40 }, open);
  await Promise.all(many.map((socket) => new Promise((resolve) => socket.once('connect', resolve).once('close', resolve))));
  while (many.filter((socket) => socket.closed).length < 8) await pause(10);
  for (const socket of many) socket.destroy();
  await expect
    .poll(() =>
      get('/healthz').then(
        ({ status }) => status,
        () => 0,
      ),
    )
    .toBe(200);
});

it('a taken port is a sentence that states what to change', async () => {
  const taken = { host: '127.0.0.1', port: server.port, problem: () => undefined, metrics: createRegistry('test') };
  await expect(serveHealth(taken)).rejects.toThrow(
    `Port ${server.port} on 127.0.0.1 is taken by another program. Stop that one, or set HEALTH_PORT to another.`,
  );
});
