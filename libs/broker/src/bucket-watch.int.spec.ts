import type { Broker, Bucket, BucketEntry, WatchListener } from '@manyhands/nats';
import { openBroker, openBucket } from './bound.ts';
import { provision } from './provision/provision.ts';
import { createSignal, eventually, startNatsServer, startNetworkLink, type NatsServer } from '@manyhands/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { BUCKETS } from '@manyhands/proto';
import { watchBucket } from '../../nats/src/bucket/watch-bucket.ts';

let server: NatsServer;
let broker: Broker;
let writer: Broker;
let workers: Bucket;
let test = 0;
const stops: (() => Promise<void>)[] = [];

beforeAll(async () => {
  server = await startNatsServer();
  broker = await openBroker({ url: server.url, name: 'watcher' });
  writer = await openBroker({ url: server.url, name: 'writer' });
  await provision(broker);
  workers = await openBucket(writer, 'workers');
});
beforeEach(() => {
  test += 1;
});
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
  expect((await broker.manager.streams.info('KV_workers')).state.consumer_count).toBe(0);
});
afterAll(async () => {
  await broker?.close();
  await writer?.close();
  await server?.stop();
});

const bytes = (text: string) => new TextEncoder().encode(text);

/** Watches this test's keys; signals each as `<key>=<value>`, and `current`. */
async function watch(options: { fromRevision?: number } = {}, over = broker) {
  const signal = createSignal<BucketEntry>();
  const seen: string[] = [];
  const bucket = await openBucket(over, 'workers');
  const watching = await bucket.watch(
    `t${test}.*`,
    {
      entry(entry) {
        const text = `${entry.key.split('.')[1]}=${entry.value === undefined ? 'gone' : new TextDecoder().decode(entry.value)}`;
        seen.push(text);
        signal.emit(text, entry);
      },
      current() {
        seen.push('current');
        signal.emit('current');
      },
    },
    options,
  );
  stops.push(() => watching.stop());
  return { signal, seen, stop: () => watching.stop() };
}
const put = (name: string, value: string, options?: { ttlMs: number }) => workers.put(`t${test}.${name}`, bytes(value), options);

describe('a watch', () => {
  it('tells every current entry, then that it is current, then each change', async () => {
    await put('a', '1');
    await put('b', '1');
    await put('a', '2');
    const { signal, seen } = await watch();
    await signal.wait('current');
    await put('b', '2');
    await workers.remove(`t${test}.a`);
    await signal.wait('a=gone');
    expect(seen).toEqual(['b=1', 'a=2', 'current', 'b=2', 'a=gone']);
  });

  it('of an empty bucket is current at once', async () => {
    const { signal, seen } = await watch();
    await signal.wait('current');
    expect(seen).toEqual(['current']);
  });

  it('goes on from a revision', async () => {
    await put('a', '1');
    const revision = await put('b', '1');
    await put('c', '1');
    const { signal, seen } = await watch({ fromRevision: revision });
    await signal.wait('current');
    expect(seen).toEqual(['b=1', 'c=1', 'current']);
  });

  it('from a revision that is still to come is current at once', async () => {
    const revision = await put('a', '1');
    const { signal, seen } = await watch({ fromRevision: revision + 1 });
    await signal.wait('current');
    await put('a', '2');
    await signal.wait('a=2');
    expect(seen).toEqual(['current', 'a=2']);
  });

  it('tells a key whose life time ran out as gone', async () => {
    const { signal } = await watch();
    await put('a', '1', { ttlMs: 1_000 });
    const gone = await signal.wait('a=gone');
    expect(gone.revision).toBeGreaterThan((await signal.wait('a=1')).revision);
  });

  it('stops telling once stopped', async () => {
    const { signal, seen, stop } = await watch();
    await signal.wait('current');
    await stop();
    await put('a', '1');
    await broker.connection.flush();
    expect(seen).toEqual(['current']);
  });
});

describe('a watch over a restart of the server', () => {
  it('goes on with what was written afterwards, and tells nothing twice', async () => {
    await put('a', '1');
    const { signal, seen } = await watch();
    await signal.wait('current');
    await server.kill();
    await server.restart();
    await put('b', '1');
    await signal.wait('b=1');
    await put('a', '2');
    await signal.wait('a=2');
    expect(seen).toEqual(['a=1', 'current', 'b=1', 'a=2']);
  });
});

describe('a watch whose connection was cut', () => {
  it('tells what was written and what went meanwhile, even without a mark', async () => {
    const link = await startNetworkLink(server);
    const far = await openBroker({ url: link.url, name: 'far' });
    const { signal, seen, stop } = await watch({}, far);
    await put('a', '1');
    await put('b', '1');
    await signal.wait('b=1');
    link.cut();
    await writer.manager.streams.purge('KV_workers', { filter: `$KV.workers.t${test}.a` });
    await put('b', '2');
    link.mend();
    await signal.wait('b=2');
    await signal.wait('a=gone');
    expect(seen).toEqual(['current', 'a=1', 'b=1', 'b=2', 'a=gone']);
    await stop();
    await far.close();
    await link.close();
    for await (const consumer of broker.manager.consumers.list('KV_workers'))
      await broker.manager.consumers.delete('KV_workers', consumer.name);
  });
});

describe('a watch whose consumer the server lost', () => {
  it('reads on, and tells a key that went meanwhile without a mark', async () => {
    const { signal, seen } = await watch();
    await put('a', '1');
    await put('b', '1');
    await signal.wait('b=1');
    await broker.manager.streams.purge('KV_workers', { filter: `$KV.workers.t${test}.a` });
    const [consumer] = await broker.manager.consumers.list('KV_workers').next();
    await broker.manager.consumers.delete('KV_workers', consumer!.name);
    await signal.wait('a=gone');
    await put('c', '1');
    await signal.wait('c=1');
    expect(seen).toEqual(['current', 'a=1', 'b=1', 'a=gone', 'c=1']);
  });
});

/** Watches and asks the leader every so often; `isFresh` tells whether everything stored some time ago was told. */
async function watchChecked(over: Broker, on: Partial<WatchListener> = {}) {
  const signal = createSignal<BucketEntry>();
  const watching = await (
    await openBucket(over, 'workers')
  ).watch(
    '>',
    {
      ...on,
      entry: (entry) =>
        signal.emit(
          `${entry.key.split('.').at(-1)}=${entry.value === undefined ? 'gone' : new TextDecoder().decode(entry.value)}`,
          entry,
        ),
    },
    { checkEveryMs: 50 },
  );
  stops.push(() => watching.stop());
  return { watching, signal, isFresh: (withinMs = 300) => performance.now() - watching.asOfMs < withinMs };
}

describe('what a watch knows of its own age', () => {
  it('is nothing without a question to the leader', async () => {
    const watching = await (await openBucket(broker, 'workers')).watch('>', { entry: () => undefined });
    expect(watching.asOfMs).toBe(-Infinity);
    await watching.stop();
  });

  it('is confirmed at once, also where the newest messages were purged and nobody will deliver them', async () => {
    await put('a', '1');
    await put('b', '1');
    await broker.manager.streams.purge('KV_workers', { filter: `$KV.workers.t${test}.b` });
    const { watching, signal } = await watchChecked(broker);
    await watching.confirm(2_000);
    await signal.wait('a=1');
    await put('c', '1');
    await watching.confirm(2_000);
    expect(performance.now() - watching.asOfMs).toBeLessThan(1_000);
  });

  // Seen: a gateway whose line to NATS hung listed old states for ever.
  it('ends when the line to the server hangs, or is cut, and comes back with it', async () => {
    const link = await startNetworkLink(server);
    const far = await openBroker({ url: link.url, name: 'far' });
    const { watching, signal, isFresh } = await watchChecked(far);
    await watching.confirm(2_000);
    link.mute();
    await put('a', '1');
    await expect(watching.confirm(300)).rejects.toThrow('in time');
    expect(isFresh()).toBe(false);
    link.cut();
    await expect(watching.confirm(100)).rejects.toThrow('in time');
    expect(watching.trouble).toBeDefined();
    link.mend();
    await signal.wait('a=1');
    await eventually(() => expect(isFresh()).toBe(true));
    await watching.stop();
    await far.close();
    await link.close();
    for await (const consumer of broker.manager.consumers.list('KV_workers'))
      await broker.manager.consumers.delete('KV_workers', consumer.name);
  });

  it('ends when its consumer delivers no more, and the watch reads on with another', async () => {
    const { watching, signal, isFresh } = await watchChecked(broker);
    await watching.confirm(2_000);
    const [consumer] = await broker.manager.consumers.list('KV_workers').next();
    // As a server that is cut off from the others: the consumer is there, beats, and is told nothing.
    await broker.connection.request(
      `$JS.API.CONSUMER.PAUSE.KV_workers.${consumer!.name}`,
      JSON.stringify({ pause_until: new Date(Date.now() + 60_000).toISOString() }),
      { timeout: 2_000 },
    );
    await put('a', '1');
    await expect(watching.confirm(300)).rejects.toThrow('in time');
    expect(isFresh()).toBe(false);
    await signal.wait('a=1', undefined, 5_000);
    await eventually(() => expect(isFresh()).toBe(true));
  });

  it('is not current until what went during an interruption was found out', async () => {
    const { watching, signal } = await watchChecked(broker);
    await put('a', '1');
    await signal.wait('a=1');
    await broker.manager.streams.purge('KV_workers', { filter: `$KV.workers.t${test}.a` });
    const [consumer] = await broker.manager.consumers.list('KV_workers').next();
    let answered = false;
    const info = vi.spyOn(broker.manager.streams, 'info').mockImplementation(async (name, options) => {
      const answer = await Object.getPrototypeOf(broker.manager.streams).info.call(broker.manager.streams, name, options);
      if (options?.subjects_filter === undefined) return answer;
      if (!answered) throw new Error('not now');
      return answer;
    });
    await broker.manager.consumers.delete('KV_workers', consumer!.name);
    await eventually(() => expect(performance.now() - watching.asOfMs).toBeGreaterThan(1_000));
    await expect(watching.confirm(200)).rejects.toThrow('in time');
    answered = true;
    await signal.wait('a=gone', undefined, 10_000);
    await eventually(() => expect(performance.now() - watching.asOfMs).toBeLessThan(300));
    info.mockRestore();
  });
});

describe('a watch of a bucket that is made anew', () => {
  it('says so, and tells everything from its first revision on', async () => {
    const own = await startNatsServer({ syncAlways: false });
    const operator = await openBroker({ url: own.url, name: 'operator' });
    await provision(operator);
    const bucket = await openBucket(operator, 'kinds');
    for (const name of ['a', 'b', 'c']) await bucket.put(name, bytes('old'));
    const signal = createSignal<BucketEntry>();
    const watching = await bucket.watch(
      '>',
      {
        entry: (entry) => signal.emit(`${entry.key}=${new TextDecoder().decode(entry.value)}`, entry),
        anew: () => signal.emit('anew'),
      },
      { checkEveryMs: 50 },
    );
    await watching.confirm(2_000);
    await operator.manager.streams.delete('KV_kinds');
    await provision(operator);
    await signal.wait('anew');
    await bucket.put('b', bytes('new'));
    expect(await signal.wait('b=new')).toMatchObject({ revision: 1 });
    await eventually(() => expect(performance.now() - watching.asOfMs).toBeLessThan(300));
    await watching.stop();
    await operator.close();
    await own.stop();
  });
});

describe('a bucket whose keys run out without a mark', () => {
  it('has its watch tell them as gone', async () => {
    const jobs = await openBucket(writer, 'jobs');
    const signal = createSignal<BucketEntry>();
    vi.useFakeTimers({ toFake: ['setInterval', 'Date'] });
    const watching = await watchBucket(
      broker,
      BUCKETS.jobs,
      'local.*',
      { entry: (entry) => signal.emit(entry.value ? 'there' : 'gone', entry) },
      {},
    );
    const revision = await jobs.put('local.a', bytes('1'));
    await signal.wait('there');
    vi.setSystemTime(Date.now() + BUCKETS.jobs.ttlMs + 1_000);
    vi.advanceTimersByTime(60_000);
    expect(await signal.wait('gone')).toMatchObject({ key: 'local.a', revision });
    vi.useRealTimers();
    await watching.stop();
  });

  // Seen: where the clock of a gateway was ahead by more than the retention, its list of jobs lost each of them within two seconds.
  it('are not told as gone for a clock of ours that is ahead of the server', async () => {
    const jobs = await openBucket(writer, 'jobs');
    const signal = createSignal<BucketEntry>();
    const gone: string[] = [];
    vi.useFakeTimers({ toFake: ['setInterval', 'Date'] });
    vi.setSystemTime(Date.now() + BUCKETS.jobs.ttlMs + 3_600_000);
    const watching = await watchBucket(
      broker,
      BUCKETS.jobs,
      'ahead.*',
      { entry: (entry) => (entry.value ? signal.emit('there', entry) : void gone.push(entry.key)) },
      { checkEveryMs: 1_000 },
    );
    await jobs.put('ahead.a', bytes('1'));
    await signal.wait('there');
    await watching.confirm(2_000);
    vi.advanceTimersByTime(10_000);
    vi.useRealTimers();
    await watching.stop();
    expect(gone).toEqual([]);
  });
});
