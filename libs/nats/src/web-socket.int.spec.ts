/** In a file of its own: nats.js keeps the transport of its newest connection for all of a process. */
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createSignal, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBroker } from './connect.ts';

const certificate = fileURLToPath(new URL('../../../deploy/local/fixtures/localhost.crt', import.meta.url));
const ca = readFileSync(certificate, 'utf8');
let server: NatsServer;
let url: string;

beforeAll(async () => {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((listening) => probe.once('listening', listening));
  const { port } = probe.address() as AddressInfo;
  await new Promise((closed) => probe.close(closed));
  url = `wss://localhost:${port}`;
  server = await startNatsServer({
    syncAlways: false,
    extraConfig: `websocket { listen: "127.0.0.1:${port}", tls { cert_file: ${JSON.stringify(certificate)}, key_file: ${JSON.stringify(certificate.replace('.crt', '.key'))} } }`,
  });
});
afterAll(() => server?.stop());

it('a server is reached over wss:// by a certificate that is believed, and again after it was killed', async () => {
  const broker = await openBroker({ url, access: { ca }, name: 'test' });
  const changes = createSignal<boolean>();
  broker.onConnected((connected) => changes.emit('connected', connected));
  await broker.manager.streams.add({ name: 'THINGS', subjects: ['thing.>'] });
  await expect(broker.store('thing.a', new Uint8Array(100_000))).resolves.toMatchObject({ seq: 1 });
  await server.kill();
  await changes.wait('connected', (connected) => !connected);
  await server.restart();
  await changes.wait('connected', (connected) => connected);
  const { state } = await broker.insist('reading', () => broker.manager.streams.info('THINGS'));
  expect(state.messages).toBe(1);
  await broker.close();
});

it('a certificate that is not believed is refused with the address', async () => {
  await expect(openBroker({ url, name: 'test', connectTimeoutMs: 1_000 })).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('no NATS server answers at wss://localhost'),
  });
});

it('addresses with and without WebSocket are refused together, with a sentence', async () => {
  await expect(openBroker({ url: `${url},nats://127.0.0.1:1`, name: 'test' })).rejects.toMatchObject({
    code: 'bad_request',
    message: expect.stringContaining('addresses with and without WebSocket'),
  });
});
