import type { Broker, Bucket } from '@manyhands/nats';
import { openBroker, openBucket } from './bound.ts';
import { provision } from './provision/provision.ts';
import { BUCKETS, type BucketKey } from '@manyhands/proto';
import { startNatsServer, startNetworkLink, type NatsServer } from '@manyhands/testkit';
import { Kvm } from '@nats-io/kv';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

let server: NatsServer;
let broker: Broker;
let jobs: Bucket;
let test = 0;
let key: string;

beforeAll(async () => {
  server = await startNatsServer();
  broker = await openBroker({ url: server.url, name: 'test' });
  await provision(broker);
  jobs = await openBucket(broker, 'jobs');
});
beforeEach(() => {
  test += 1;
  key = `t${test}.a`;
});
afterAll(async () => {
  await broker?.close();
  await server?.stop();
});

const bytes = (text: string) => new TextEncoder().encode(text);
const textOf = (value: Uint8Array | undefined) => value && new TextDecoder().decode(value);

describe('get and put', () => {
  it('read what was written, with its revision and time', async () => {
    const startedMs = Date.now();
    const revision = await jobs.put(key, bytes('one'));
    const entry = await jobs.get(key);
    expect(entry).toMatchObject({ key, revision });
    expect(textOf(entry?.value)).toBe('one');
    expect(Math.abs((entry?.createdAtMs ?? 0) - startedMs)).toBeLessThan(5_000);
  });

  it('keep only the newest value', async () => {
    await jobs.put(key, bytes('one'));
    await jobs.put(key, bytes('two'));
    expect(textOf((await jobs.get(key))?.value)).toBe('two');
    expect((await broker.manager.streams.info('KV_jobs', { subjects_filter: `$KV.jobs.${key}` })).state.subjects).toEqual({
      [`$KV.jobs.${key}`]: 1,
    });
  });

  it('find nothing under a key that never was', async () => {
    expect(await jobs.get(key)).toBeUndefined();
  });

  it('are what other NATS clients read and write', async () => {
    const kv = await new Kvm(broker.jetstream).open('jobs');
    await jobs.put(key, bytes('ours'));
    expect((await kv.get(key))?.string()).toBe('ours');
    await kv.put(key, 'theirs');
    expect(textOf((await jobs.get(key))?.value)).toBe('theirs');
    await kv.delete(key);
    expect(await jobs.get(key)).toBeUndefined();
  });

  it('say `unavailable` when the bucket is full and `too_large` for one value too many', async () => {
    await broker.manager.streams.update('KV_stats', { max_bytes: 1_000 });
    const stats = await openBucket(broker, 'stats');
    await expect(stats.put('a', new Uint8Array(2_000))).rejects.toMatchObject({
      code: 'unavailable',
      message: 'bucket stats is full',
    });
    await broker.manager.streams.update('KV_stats', { max_bytes: BUCKETS.stats.maxBytes, max_msg_size: 100 });
    await expect(stats.put('a', new Uint8Array(2_000))).rejects.toMatchObject({ code: 'too_large' });
    await broker.manager.streams.update('KV_stats', { max_msg_size: -1 });
  });

  it('wait for a server that is being restarted', async () => {
    await server.kill();
    const putting = jobs.put(key, bytes('late'));
    await server.restart();
    await putting;
    expect(textOf((await jobs.get(key))?.value)).toBe('late');
  });
});

describe('update', () => {
  it('writes over the expected revision and over no other', async () => {
    const first = await jobs.update(key, bytes('one'), 0);
    const second = await jobs.update(key, bytes('two'), first);
    expect(second).toBeGreaterThan(first);
    await expect(jobs.update(key, bytes('three'), first)).rejects.toMatchObject({
      code: 'revision_conflict',
      message: `jobs ${key} is at revision ${second}, not ${first}`,
    });
    expect(textOf((await jobs.get(key))?.value)).toBe('two');
  });

  it('creates a key only once', async () => {
    await jobs.update(key, bytes('one'), 0);
    await expect(jobs.update(key, bytes('two'), 0)).rejects.toMatchObject({ code: 'revision_conflict' });
  });

  it('refuses a revision of a key that is not there', async () => {
    await expect(jobs.update(key, bytes('one'), 5)).rejects.toMatchObject({ code: 'revision_conflict' });
  });

  it('creates a removed key anew', async () => {
    const first = await jobs.update(key, bytes('one'), 0);
    await jobs.remove(key);
    await expect(jobs.update(key, bytes('two'), first)).rejects.toMatchObject({ code: 'revision_conflict' });
    await jobs.update(key, bytes('two'), 0);
    expect(textOf((await jobs.get(key))?.value)).toBe('two');
  });

  it('lets exactly one of many win', async () => {
    const others = await Promise.all(Array.from({ length: 8 }, () => openBucket(broker, 'jobs')));
    const results = await Promise.allSettled(others.map((bucket, index) => bucket.update(key, bytes(String(index)), 0)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('whose answer was lost finds its own bytes and has won', async () => {
    const link = await startNetworkLink(server);
    const far = await openBroker({ url: link.url, name: 'far' });
    const first = await jobs.update(key, bytes('one'), 0);
    link.mute();
    const updating = (await openBucket(far, 'jobs')).update(key, bytes('two'), first);
    await expect.poll(async () => textOf((await jobs.get(key))?.value)).toBe('two');
    link.cut();
    link.mend();
    expect(await updating).toBe((await jobs.get(key))?.revision);
    await far.close();
    await link.close();
  });

  it('over a restart of the server is carried out, never reported lost to itself', async () => {
    let revision = await jobs.update(key, bytes('0'), 0);
    const restarting = server.kill().then(() => server.restart());
    for (let turn = 1; turn <= 50; turn += 1) revision = await jobs.update(key, bytes(String(turn)), revision);
    await restarting;
    revision = await jobs.update(key, bytes('last'), revision);
    expect(await jobs.get(key)).toMatchObject({ revision });
  });
});

describe('entries', () => {
  it('list the live keys under a filter', async () => {
    await jobs.put(`t${test}.a`, bytes('a'));
    await jobs.put(`t${test}.b`, bytes('b'));
    await jobs.put(`t${test}.c`, bytes('c'));
    await jobs.put(`t${test}.a`, bytes('a2'));
    await jobs.remove(`t${test}.b`);
    const entries = await jobs.entries(`t${test}.*`);
    expect(new Map(entries.map((entry) => [entry.key, textOf(entry.value)]))).toEqual(
      new Map([
        [`t${test}.c`, 'c'],
        [`t${test}.a`, 'a2'],
      ]),
    );
  });

  it('are none in an empty bucket', async () => {
    expect(await (await openBucket(broker, 'kinds')).entries()).toEqual([]);
  });
});

describe('remove', () => {
  it('takes the key away; removing what is not there is no error', async () => {
    await jobs.put(key, bytes('one'));
    await jobs.remove(key);
    await jobs.remove(key);
    expect(await jobs.get(key)).toBeUndefined();
  });
});

describe('a life time of its own', () => {
  it('is refused where keys have none', async () => {
    await expect(jobs.put(key, bytes('x'), { ttlMs: 5_000 })).rejects.toMatchObject({ code: 'bad_request' });
  });

  it('is given by an update, too, which still writes over its revision alone', async () => {
    const identity = await openBucket(broker, 'identity');
    const first = await identity.update('a', bytes('x'), 0, { ttlMs: 60_000 });
    await identity.update('a', bytes('y'), first, { ttlMs: 1_000 });
    await expect(identity.update('a', bytes('z'), first, { ttlMs: 1_000 })).rejects.toMatchObject({ code: 'revision_conflict' });
    await expect.poll(() => identity.get('a'), { timeout: 10_000 }).toBeUndefined();
    await expect(jobs.update(key, bytes('x'), 0, { ttlMs: 5_000 })).rejects.toMatchObject({ code: 'bad_request' });
  });

  it.each(['workers', 'coordinators'] satisfies BucketKey[])(
    'ends a key in bucket %s, and can be renewed by another put',
    async (name) => {
      const bucket = await openBucket(broker, name);
      await bucket.put('short', bytes('x'), { ttlMs: 1_000 });
      await bucket.put('renewed', bytes('x'), { ttlMs: 1_000 });
      await bucket.put('renewed', bytes('y'), { ttlMs: 60_000 });
      await expect.poll(() => bucket.get('short'), { timeout: 10_000 }).toBeUndefined();
      expect(textOf((await bucket.get('renewed'))?.value)).toBe('y');
      expect((await bucket.entries()).map((entry) => entry.key)).toEqual(['renewed']);
    },
  );
});
