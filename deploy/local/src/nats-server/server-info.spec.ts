import { createServer, type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { fetchServerInfo, parseInfo, serverAddresses } from './server-info.ts';

test('addresses are read with and without scheme, port, secrets and brackets', () => {
  expect(serverAddresses('nats://127.0.0.1:4222')).toEqual([{ host: '127.0.0.1', port: 4222 }]);
  expect(serverAddresses('nats://user:p%40ss@n1.example, tls://n2:4223 ,n3:80')).toEqual([
    { host: 'n1.example', port: 4222 },
    { host: 'n2', port: 4223 },
    { host: 'n3', port: 80 },
  ]);
  expect(serverAddresses('nats://[::1]:4222')).toEqual([{ host: '::1', port: 4222 }]);
  expect(serverAddresses('nats://:::')).toEqual([]);
  expect(serverAddresses('')).toEqual([]);
});

test('version and JetStream are read from the INFO line, and anything else is no INFO', () => {
  expect(parseInfo('INFO {"version":"2.15.2","jetstream":true,"x":1}')).toEqual({ version: '2.15.2', jetstream: true });
  expect(parseInfo('INFO {"version":"2.9.10"}')).toEqual({ version: '2.9.10', jetstream: false });
  expect(parseInfo('HTTP/1.1 400 Bad Request')).toBeUndefined();
  expect(parseInfo('INFO {broken')).toBeUndefined();
  expect(parseInfo('INFO {"jetstream":true}')).toBeUndefined();
});

test('a server that says nothing, or nothing of NATS, gives nothing in time', async () => {
  const server = createServer((socket) => void socket.on('error', () => undefined));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  expect(await fetchServerInfo({ host: '127.0.0.1', port }, 50)).toBeUndefined();
  await new Promise((resolve) => server.close(resolve));
  expect(await fetchServerInfo({ host: '127.0.0.1', port }, 1_000)).toBeUndefined();
});
