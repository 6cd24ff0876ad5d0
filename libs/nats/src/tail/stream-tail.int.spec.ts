import { setTimeout as wait } from 'node:timers/promises';
import { createSignal, eventually, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Broker } from '../broker.ts';
import { openBroker } from '../connect.ts';
import { passThrough } from './pass-through.ts';
import { openTail, type Tail } from './stream-tail.ts';

let server: NatsServer;
let broker: Broker;
const tails: Tail[] = [];
const stream = 'TAILED';

beforeAll(async () => {
  server = await startNatsServer({ syncAlways: false });
  broker = await openBroker({ url: server.url, name: 'reader' });
});
beforeEach(() => broker.manager.streams.add({ name: stream, subjects: ['tailed.>'] }));
afterEach(async () => {
  await Promise.all(tails.splice(0).map((tail) => tail.stop()));
  await broker.manager.streams.delete(stream);
});
afterAll(async () => {
  await broker?.close();
  await server?.stop();
});

const publish = (name: string) => broker.jetstream.publish(`tailed.${name}`, name);

async function follow(filter = 'tailed.>') {
  const signal = createSignal();
  const seen: string[] = [];
  const tail = await openTail(
    broker,
    { stream, filter },
    {
      message(message) {
        const name = message.subject.slice('tailed.'.length);
        seen.push(name);
        signal.emit(name);
      },
      current(again) {
        seen.push(again ? 'current again' : 'current');
        signal.emit(again ? 'current again' : 'current');
      },
    },
  );
  tails.push(tail);
  return { signal, seen, tail };
}

describe('a tail', () => {
  it('reads to the end and follows it, only what matches', async () => {
    await publish('a.1');
    await publish('b.1');
    const { signal, seen } = await follow('tailed.a.*');
    await signal.wait('current');
    await publish('b.2');
    await publish('a.2');
    await signal.wait('a.2');
    expect(seen).toEqual(['a.1', 'current', 'a.2']);
  });

  it('is shown to operators with the name of its reader', async () => {
    const { tail } = await follow();
    const [info] = await broker.manager.consumers.list(stream).next();
    expect(info?.config.description).toBe('Read by reader while it runs.');
    await tail.stop();
    expect(await broker.manager.consumers.list(stream).next()).toEqual([]);
  });

  it('starts over on a stream that was made anew under its name', async () => {
    const { signal, seen } = await follow();
    await publish('old.1');
    await publish('old.2');
    await signal.wait('old.2');
    await server.kill();
    await server.restart();
    await signal.wait('current again');
    await broker.manager.streams.delete(stream);
    await broker.manager.streams.add({ name: stream, subjects: ['tailed.>'] });
    await publish('new.1');
    await signal.wait('new.1');
    expect(seen.filter((what) => !what.startsWith('current'))).toEqual(['old.1', 'old.2', 'new.1']);
  });

  it('leaves no consumer behind that the server made too late', async () => {
    const { signal, tail } = await follow();
    await signal.wait('current');
    const { consumers } = broker.manager;
    const add = vi.spyOn(consumers, 'add').mockImplementationOnce(async (...given) => {
      add.mockRestore();
      await wait(3_000);
      const info = await consumers.add(...given);
      signal.emit('made late');
      return info;
    });
    tail.startOver();
    await signal.wait('current again', undefined, 5_000);
    await signal.wait('made late');
    await eventually(async () => expect(await consumers.list(stream).next()).toHaveLength(1));
  });

  it('over two restarts misses nothing and repeats nothing', async () => {
    const { signal, seen } = await follow();
    await publish('1');
    for (const round of [2, 3]) {
      await server.kill();
      await server.restart();
      // At once, long before the silence of a lost consumer would be noticed.
      await signal.wait('current again', undefined, 4_000);
      await publish(String(round));
      await signal.wait(String(round));
    }
    expect(seen.filter((what) => !what.startsWith('current'))).toEqual(['1', '2', '3']);
  });

  it('reads more than the server sends without asking whether it is heard', async () => {
    const payload = new Uint8Array(16 * 1024);
    await Promise.all(Array.from({ length: 4_000 }, (_, n) => broker.jetstream.publish(`tailed.${n}`, payload)));
    expect((await passThrough(broker, { stream, filter: 'tailed.>' })).map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: 4_000 }, (_, n) => n + 1),
    );
  });

  it('refuses to follow a stream that is not there', async () => {
    await expect(openTail(broker, { stream: 'NOWHERE', filter: 'a' }, { message: () => undefined })).rejects.toThrow(
      'stream not found',
    );
  });
});
