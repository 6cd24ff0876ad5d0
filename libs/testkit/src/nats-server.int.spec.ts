import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { once } from 'node:events';
import { afterEach, expect, it } from 'vitest';
import { startNatsServer, type NatsServer } from './nats-server.ts';

const servers: NatsServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});
async function start(options: Parameters<typeof startNatsServer>[0] = {}): Promise<NatsServer> {
  const server = await startNatsServer(options);
  servers.push(server);
  return server;
}

async function hello(server: NatsServer): Promise<string> {
  const socket = connect(server.port, '127.0.0.1');
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return bytes.toString();
}

it('two servers get ports and stores of their own, with JetStream on', async () => {
  const [one, two] = await Promise.all([start(), start()]);
  expect(one.port).not.toBe(two.port);
  expect(one.storeDir).not.toBe(two.storeDir);
  expect(await hello(one)).toContain('"jetstream":true');
});

it('a killed server comes back on the same port', async () => {
  const server = await start();
  const { port } = server;
  await server.kill();
  await expect(hello(server)).rejects.toThrow('ECONNREFUSED');
  await server.restart();
  expect(server.port).toBe(port);
  expect(await hello(server)).toContain('INFO');
});

it('stop removes the store', async () => {
  const server = await start();
  expect(existsSync(server.storeDir)).toBe(true);
  await server.stop();
  expect(existsSync(server.storeDir)).toBe(false);
});

it('a server that cannot start says why', async () => {
  await expect(start({ extraConfig: 'no_such_setting: {' })).rejects.toThrow(/nats-server ended .* its log:.*Parse error/s);
});

it('runs without JetStream when told to', async () => {
  expect(await hello(await start({ jetStream: false }))).not.toContain('"jetstream":true');
});
