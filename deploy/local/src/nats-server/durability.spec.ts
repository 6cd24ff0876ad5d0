import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { renderServerConfig } from './config.ts';
import { askDurability, durabilityOfConfig, durabilityOfVarz, durabilitySentence } from './durability.ts';

const servers: Server[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.close()));

async function monitor(varz: unknown): Promise<string> {
  const server = createServer((request, response) => response.end(request.url === '/varz' ? JSON.stringify(varz) : 'no')).listen(
    0,
    '127.0.0.1',
  );
  servers.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const always = { jetstream: { config: { sync_interval: 120_000_000_000, sync_always: true } } };
const lazy = { jetstream: { config: { sync_interval: 120_000_000_000 } } };

test('the configuration we write promises durability, one without the line does not', () => {
  const text = renderServerConfig({ port: 1, storeFolder: '/s', pidFile: '/p' });
  expect(durabilityOfConfig(text)).toEqual({ promised: true });
  expect(durabilityOfConfig(text.replace('sync_interval: always', 'sync_interval: 2m')).promised).toBe(false);
});

test('a server that says nothing of sync_always runs without it', () => {
  expect(durabilityOfVarz(always)).toEqual({ promised: true });
  for (const varz of [lazy, {}, undefined, { jetstream: { config: { sync_always: 'true' } } }])
    expect(durabilityOfVarz(varz).promised).toBe(false);
});

test('every server of a cluster must prove it', async () => {
  const [good, bad] = await Promise.all([monitor(always), monitor(lazy)]);
  expect(await askDurability(`${good}, ${good}`)).toEqual({ promised: true });
  expect(await askDurability(`${good},${bad}`)).toEqual({
    promised: false,
    why: `${bad}: it runs without "sync_interval: always"`,
  });
  expect(await askDurability('http://127.0.0.1:1')).toEqual({ promised: false, why: 'http://127.0.0.1:1: it does not answer' });
});

test('where nothing can be asked, nothing is promised, and the sentence says so', async () => {
  expect(durabilitySentence(await askDurability(undefined))).toMatch(
    /^Durability not promised: .*MANYHANDS_NATS_MONITOR.* is not set\. A power loss can lose accepted jobs/,
  );
  expect(durabilitySentence({ promised: true })).toMatch(/^Durable: /);
});
