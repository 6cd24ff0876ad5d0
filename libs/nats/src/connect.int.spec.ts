import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { createSignal, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Broker } from './broker.ts';
import { openBroker } from './connect.ts';
import { sayOutages } from './outages.ts';

const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
let server: NatsServer;
const opened: Broker[] = [];

beforeAll(async () => {
  server = await startNatsServer();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((broker) => broker.close()));
});
afterAll(() => server?.stop());

async function open(): Promise<Broker> {
  const broker = await openBroker({ url: server.url, name: 'test' });
  opened.push(broker);
  return broker;
}

/** Speaks just enough of the protocol to say which version it is. */
async function pretendServer(version: string): Promise<{ url: string; server: Server }> {
  const pretended = createServer((socket) => {
    socket.write(
      `INFO ${JSON.stringify({ server_id: 'X', version, max_payload: 1_048_576, headers: true, jetstream: true, proto: 1 })}\r\n`,
    );
    socket.on('data', (bytes) => bytes.toString().includes('PING') && socket.write('PONG\r\n'));
    socket.on('error', () => undefined);
  });
  pretended.listen(0, '127.0.0.1');
  await once(pretended, 'listening');
  return { url: `nats://127.0.0.1:${(pretended.address() as AddressInfo).port}`, server: pretended };
}

describe('openBroker', () => {
  it('connects and knows the version of the server', async () => {
    const broker = await open();
    expect(broker.serverVersion).toMatch(/^2\.1[5-9]\./);
    expect(broker.name).toBe('test');
  });

  it('refuses an older server with the version it needs', async () => {
    const old = await pretendServer('2.14.7');
    await expect(openBroker({ url: old.url, name: 'test' })).rejects.toMatchObject({
      code: 'bad_request',
      message: expect.stringMatching(/is 2\.14\.7, but 2\.15\.0 or newer is needed/),
    });
    old.server.close();
  });

  it('refuses a server that takes smaller messages than ours', async () => {
    const small = await startNatsServer({ extraConfig: 'max_payload: 512KB' });
    await expect(openBroker({ url: small.url, name: 'test', messageBytesMax: 1_048_576 })).rejects.toMatchObject({
      code: 'bad_request',
      message: expect.stringMatching(/at most 524288 bytes, but 1048576 are needed: set max_payload: 1048576/),
    });
    await small.stop();
  });

  it('refuses a server without JetStream', async () => {
    const plain = await startNatsServer({ jetStream: false });
    await expect(openBroker({ url: plain.url, name: 'test' })).rejects.toMatchObject({
      code: 'bad_request',
      message: expect.stringContaining('without JetStream'),
    });
    await plain.stop();
  });

  it('says that nobody answers and what to do', async () => {
    const gone = await pretendServer('2.15.0');
    await new Promise((closed) => gone.server.close(closed));
    await expect(openBroker({ url: gone.url, name: 'test', connectTimeoutMs: 300 })).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('set NATS_URL'),
    });
  });

  // Seen: with the clock set back by an hour it tried for an hour.
  it('gives up in its time, also where the clock is set back meanwhile', async () => {
    const gone = await pretendServer('2.15.0');
    await new Promise((closed) => gone.server.close(closed));
    let byMs = 0;
    const real = Date.now;
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => real() - byMs);
    const opening = openBroker({ url: gone.url, name: 'test', connectTimeoutMs: 500 });
    byMs = 3_600_000;
    await expect(opening).rejects.toMatchObject({ code: 'unavailable' });
    clock.mockRestore();
  });

  it('waits for a server that is still starting', async () => {
    const late = await startNatsServer();
    const { url } = late;
    await late.kill();
    const opening = openBroker({ url, name: 'test' });
    await late.restart();
    const broker = await opening;
    expect(broker.connection.isClosed()).toBe(false);
    await broker.close();
    await late.stop();
  });

  it('signs in with the user and password in the address, and never shows them', async () => {
    const closed = await startNatsServer({ extraConfig: 'authorization { user: me, password: s3cret }' });
    const host = closed.url.slice('nats://'.length);
    await (await openBroker({ url: `nats://me:s3cret@${host}`, name: 'test' })).close();
    const error = await openBroker({ url: `nats://me:wr0ng@${host}`, name: 'test' }).catch((refused: unknown) => refused);
    expect(error).toMatchObject({ code: 'bad_request', message: expect.stringContaining('refuses these credentials') });
    expect(String(error)).not.toContain('wr0ng');
    await closed.stop();
  });
});

describe('a broker', () => {
  it('tells the present state at once, and comes back after the server was killed', async () => {
    const broker = await open();
    const heard = createSignal<boolean>();
    const stop = broker.onConnected((connected) => heard.emit('connected', connected));
    expect(await heard.wait('connected')).toBe(true);
    await server.kill();
    expect(await heard.wait('connected')).toBe(false);
    await server.restart();
    expect(await heard.wait('connected')).toBe(true);
    expect((await broker.manager.getAccountInfo()).streams).toBe(0);
    stop();
  });

  it('says that the server was away, and for how long, but not that it closed', async () => {
    const own = await startNatsServer();
    const broker = await openBroker({ url: own.url, name: 'test' });
    const heard = createSignal<string>();
    const sentences: string[] = [];
    sayOutages(broker, (sentence) => {
      sentences.push(sentence);
      heard.emit('said', sentence);
    });
    await own.kill();
    await heard.wait('said', (sentence) => sentence === 'NATS is not reachable; reconnecting');
    await own.restart();
    await heard.wait('said', (sentence) => /^NATS is reachable again, after \d+\.\d s$/.test(sentence));
    await broker.close();
    expect(sentences).toHaveLength(2);
    await own.stop();
  });

  it('receives what another publishes, until it is stopped', async () => {
    const [speaker, listener] = await Promise.all([open(), open()]);
    const heard = createSignal<string>();
    const stop = listener.subscribe('live.>', (data, subject) => heard.emit(subject, new TextDecoder().decode(data)));
    await listener.connection.flush();
    speaker.publish('live.a', encode('one'));
    expect(await heard.wait('live.a')).toBe('"one"');
    stop();
    await listener.connection.flush();
    speaker.publish('live.a', encode('two'));
    await Promise.all([speaker.connection.flush(), listener.connection.flush()]);
    expect(heard.count('live.a')).toBe(1);
  });

  it('gets an answer to a question, and `unavailable` when nobody is there', async () => {
    const [asker, answerer] = await Promise.all([open(), open()]);
    answerer.connection.subscribe('query.it', { callback: (_, message) => void message.respond(encode(42)) });
    await answerer.connection.flush();
    expect(new TextDecoder().decode(await asker.request('query.it', encode({}), 5_000))).toBe('42');
    await expect(asker.request('query.nobody', encode({}), 5_000)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('closes twice without harm, and at once when the server is away', async () => {
    const own = await startNatsServer();
    const broker = await openBroker({ url: own.url, name: 'test' });
    const heard = createSignal<boolean>();
    broker.onConnected((connected) => heard.emit('connected', connected));
    await own.kill();
    await heard.wait('connected', (connected) => !connected);
    await broker.close();
    await broker.close();
    expect(broker.connection.isClosed()).toBe(true);
    await own.stop();
  });
});
