import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { PORTS, reservedPort } from './reserved-port.ts';

/** Picks these first. */
function picking(...first: number[]): () => number {
  return () => first.shift() ?? randomInt(...PORTS);
}

it('no port is given out twice, and none is where connections get theirs', async () => {
  const ports = await Promise.all(Array.from({ length: 100 }, () => reservedPort()));
  expect(ports.filter((port) => port < PORTS[0] || port >= PORTS[1])).toEqual([]);
  expect(ports).not.toContain(await reservedPort('127.0.0.1', picking(...ports)));
});

it('a port that a program listens on is not given out', async () => {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as { port: number };
  await expect(reservedPort('127.0.0.1', picking(port))).resolves.not.toBe(port);
  server.close();
});

it('says so when there is none left', async () => {
  const given = await reservedPort();
  await expect(reservedPort('127.0.0.1', () => given)).rejects.toThrow('none is free');
});
