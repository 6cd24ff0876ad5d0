import { openBroker } from '../bound.ts';
import type { Broker } from '@manyhands/nats';
import {
  BUCKETS,
  CAPACITY,
  consumers,
  limitBytes,
  LOADS,
  OWNER_GROUP,
  PARTITION_COUNT,
  PARTITIONS,
  STREAMS,
  type BucketKey,
  type StreamKey,
} from '@manyhands/proto';
import { startNatsServer, type NatsServer } from '@manyhands/testkit';
import { AckPolicy, DiscardPolicy } from '@nats-io/jetstream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { provision } from './provision.ts';
import { PARTITIONS_NOTE } from './wanted-streams.ts';

const loads = Object.keys({ ...STREAMS, ...BUCKETS }).map((key) => LOADS[key as StreamKey | BucketKey]);

let server: NatsServer;
let broker: Broker;

beforeEach(async () => {
  server = await startNatsServer({ syncAlways: false });
  broker = await openBroker({ url: server.url, name: 'test' });
});
afterEach(async () => {
  await broker?.close();
  await server?.stop();
});

const streamOf = async (name: string) => (await broker.manager.streams.info(name)).config;

describe('provision', () => {
  it('creates every stream and bucket, described, refusing rather than forgetting when full where that would lose something', async () => {
    await provision(broker);
    for (const spec of Object.values(STREAMS)) {
      expect(await streamOf(spec.name)).toMatchObject({
        description: spec.description,
        discard: 'schedules' in spec || 'dropsOldest' in spec ? 'old' : 'new',
        max_bytes: spec.maxBytes,
        retention: spec.retention,
        storage: 'file',
        // Only where each subject is written once may a replica that lags behind answer.
        allow_direct: spec.name === STREAMS.artifacts.name,
      });
    }
    for (const spec of Object.values(BUCKETS)) {
      const config = await streamOf(`KV_${spec.name}`);
      expect(config).toMatchObject({ description: spec.description, max_msgs_per_subject: 1, max_bytes: spec.maxBytes });
      expect(config.allow_direct ?? false).toBe(false);
      expect(config.allow_msg_ttl ?? false).toBe(spec.markerTtlMs > 0);
    }
  });

  it('creates one pinned consumer for each mailbox partition', async () => {
    await provision(broker);
    for (const partition of PARTITIONS) {
      const { config } = await broker.manager.consumers.info(STREAMS.mailbox.name, consumers.partition(partition));
      expect(config).toMatchObject({
        ack_policy: AckPolicy.All,
        priority_policy: 'pinned_client',
        priority_groups: [OWNER_GROUP],
        priority_timeout: 3_000_000_000,
        filter_subject: `job.${partition}.>`,
      });
    }
  });

  // Seen: services that started during the elections after a kill gave up on "JetStream system temporarily unavailable" or a timeout.
  it('goes on when the server is killed meanwhile and comes back', async () => {
    const provisioning = provision(broker);
    await server.kill();
    const [, outcome] = await Promise.all([
      server.restart(),
      provisioning.then(
        () => 'provisioned',
        (error: Error) => error.message,
      ),
    ]);
    expect(outcome).toBe('provisioned');
    expect(await streamOf(STREAMS.work.name)).toMatchObject({ retention: STREAMS.work.retention });
  });

  it('changes nothing the second time, nor when several processes do it at once', async () => {
    const other = await openBroker({ url: server.url, name: 'other' });
    await Promise.all([provision(broker), provision(other), provision(broker)]);
    const { created } = await broker.manager.streams.info(STREAMS.work.name);
    await provision(other);
    expect((await broker.manager.streams.info(STREAMS.work.name)).created).toBe(created);
    await other.close();
  });

  it('refuses a stream that differs, says what to do, and leaves it alone', async () => {
    await provision(broker);
    await broker.manager.streams.update(STREAMS.work.name, { max_msgs: 7, duplicate_window: 1_000_000_000 });
    await expect(provision(broker, { storageGb: CAPACITY.storageGb, retentionHours: 24 })).rejects.toMatchObject({
      code: 'bad_request',
      message: expect.stringMatching(
        /stream WORK .*duplicate_window: it has 1000000000, needed is 120000000000.*`nats stream edit WORK`.*`nats stream rm WORK`/s,
      ),
    });
    expect(await streamOf(STREAMS.work.name)).toMatchObject({ duplicate_window: 1_000_000_000 });
  });

  it('makes every limit larger or smaller in proportion, keeps what is stored, and leaves sizes alone when nobody says which', async () => {
    await provision(broker, { storageGb: 0.2 });
    const sizesOf = async (): Promise<number[]> =>
      Promise.all(
        Object.values({ ...STREAMS, ...BUCKETS }).map(
          async (spec) => (await streamOf('subjects' in spec ? spec.name : `KV_${spec.name}`)).max_bytes,
        ),
      );
    const small = await sizesOf();
    expect(small).toEqual(loads.map((load) => limitBytes(load, 0.2)));
    const body = new Uint8Array(100_000);
    for (let count = 0; count < 30; count += 1) await broker.jetstream.publish(`job.00.x.result.${count}`, body);
    await provision(broker);
    expect(await sizesOf()).toEqual(small);
    await provision(broker, { storageGb: 0.05 });
    await provision(broker, { storageGb: 0.5 });
    expect(await sizesOf()).toEqual(loads.map((load) => limitBytes(load, 0.5)));
    expect((await broker.manager.streams.info(STREAMS.mailbox.name)).state.messages).toBe(30);
  });

  it('never makes a stream of schedules smaller than what is in it', async () => {
    await provision(broker, { storageGb: 1 });
    for (let count = 0; count < 3; count += 1)
      await broker.jetstream.publish(`schedule.ran.x.${count}`, new Uint8Array(1_000_000));
    await expect(provision(broker, { storageGb: 0.05 })).rejects.toMatchObject({
      code: 'bad_request',
      message: expect.stringMatching(/stream SCHEDULES .*set MANYHANDS_STORAGE_GB to more/),
    });
    expect((await broker.manager.streams.info(STREAMS.schedules.name)).state.messages).toBe(3);
  });

  // Seen: EVENTS refused what was new once it was full, and no job could end any more.
  it('takes over a server of an earlier release: other sizes, history that refuses when full, no note of the partitions', async () => {
    await provision(broker);
    const { streams } = broker.manager;
    await streams.update(STREAMS.events.name, { discard: DiscardPolicy.New, max_bytes: 1024 ** 3 });
    await streams.update(STREAMS.mailbox.name, { metadata: {}, max_bytes: 4 * 1024 ** 3 });
    await streams.update('KV_jobs', { max_bytes: 2048 * 1024 ** 2 });
    expect((await streamOf(STREAMS.mailbox.name)).metadata?.[PARTITIONS_NOTE]).toBeUndefined();
    await provision(broker, { storageGb: CAPACITY.storageGb, retentionHours: 24 });
    expect(await streamOf(STREAMS.events.name)).toMatchObject({ discard: DiscardPolicy.Old, max_bytes: STREAMS.events.maxBytes });
    expect(await streamOf(STREAMS.mailbox.name)).toMatchObject({
      metadata: { [PARTITIONS_NOTE]: String(PARTITION_COUNT) },
      max_bytes: STREAMS.mailbox.maxBytes,
    });
    expect(await streamOf('KV_jobs')).toMatchObject({ max_bytes: BUCKETS.jobs.maxBytes });
  });

  it('history that is full takes what is new all the same', async () => {
    await provision(broker, { storageGb: 0.05 });
    const { max_bytes: bytes } = await streamOf(STREAMS.events.name);
    const body = new Uint8Array(200_000);
    for (let count = 0; count * body.length < 2 * bytes; count += 1)
      await broker.jetstream.publish(`event.local.${count}.finished`, body);
    expect((await broker.manager.streams.info(STREAMS.events.name)).state.first_seq).toBeGreaterThan(1);
  });

  it('refuses jobs that are divided into another number of partitions', async () => {
    await provision(broker);
    await broker.manager.streams.update(STREAMS.mailbox.name, { metadata: { [PARTITIONS_NOTE]: '32' } });
    await expect(provision(broker)).rejects.toMatchObject({
      code: 'bad_request',
      message: expect.stringMatching(
        /divided into 32 partitions, but this build divides them into 16\..*`nats stream rm MAILBOX`/,
      ),
    });
    expect((await streamOf(STREAMS.mailbox.name)).metadata?.[PARTITIONS_NOTE]).toBe('32');
  });

  it('puts another retention on the server, and only where retention is', async () => {
    await provision(broker);
    const hours = 3_600_000_000_000;
    const others = ['EVENTS', 'DEAD', 'KV_idempotency'];
    const before = await Promise.all(others.map(async (name) => (await streamOf(name)).max_age));
    for (const retentionHours of [168, 1, 24]) {
      await provision(broker, { retentionHours });
      for (const name of ['MAILBOX', 'KV_jobs', 'KV_job_state'])
        expect((await streamOf(name)).max_age).toBe(retentionHours * hours);
    }
    expect(await Promise.all(others.map(async (name) => (await streamOf(name)).max_age))).toEqual(before);
    await broker.manager.streams.update(STREAMS.events.name, { max_age: 5 * hours });
    await expect(provision(broker, { retentionHours: 24 })).rejects.toThrow(/stream EVENTS.*max_age: it has/s);
  });

  it('refuses a partition consumer that differs', async () => {
    await provision(broker);
    const name = consumers.partition('03');
    await broker.manager.consumers.update(STREAMS.mailbox.name, name, { max_ack_pending: 5 });
    await expect(provision(broker)).rejects.toThrow(
      /consumer partition-03 of stream MAILBOX.*max_ack_pending: it has 5.*`nats consumer rm MAILBOX partition-03`/s,
    );
  });

  it('switches fast ingest on where an earlier release left it off', async () => {
    await provision(broker);
    await broker.manager.streams.update(STREAMS.work.name, { allow_batched: false });
    await provision(broker);
    expect(await streamOf(STREAMS.work.name)).toMatchObject({ allow_batched: true });
  });

  it('refreshes a description without complaint', async () => {
    await provision(broker);
    await broker.manager.streams.update(STREAMS.dead.name, { description: 'old words' });
    await broker.manager.consumers.update(STREAMS.mailbox.name, consumers.partition('00'), { description: 'old words' });
    await provision(broker);
    expect((await streamOf(STREAMS.dead.name)).description).toBe(STREAMS.dead.description);
    expect((await broker.manager.consumers.info(STREAMS.mailbox.name, consumers.partition('00'))).config.description).toContain(
      'Mailbox partition 00',
    );
  });

  it('says that one server cannot hold three copies', async () => {
    await expect(provision(broker, { replicas: 3 })).rejects.toMatchObject({
      code: 'bad_request',
      message: expect.stringMatching(/replicas > 1 not supported.*Set MANYHANDS_REPLICAS to 1/),
    });
  });

  it('says which setting to raise when the server may store too little', async () => {
    await broker.manager.streams.add({ name: 'BIG', subjects: ['big'], max_bytes: 60 * 1024 ** 3 });
    await expect(provision(broker)).rejects.toMatchObject({
      code: 'bad_request',
      message: expect.stringMatching(/max_file_store.*MANYHANDS_STORAGE_GB/),
    });
  });

  it.each([
    [
      'max_file: 1GB',
      /reserve \d+ bytes of file storage, but its account may have 1073741824: raise the account's max_file, or set MANYHANDS_STORAGE_GB to less/,
    ],
    ['max_streams: 9', new RegExp(`are ${loads.length}, but its account may have 9 streams: raise the account's max_streams`)],
    ['max_consumers: 20', /but its account may have 20: raise the account's max_consumers/],
    [
      'max_ack_pending: 1000',
      /with 20000 messages unacknowledged, but its account allows 1000: raise the account's max_ack_pending/,
    ],
    [
      'disk_max_stream_bytes: 1GB',
      /in one stream, but its account may have 1073741824: raise the account's disk_max_stream_bytes/,
    ],
  ])('refuses an account with %s before it creates anything', async (limit, sentence) => {
    const small = await startNatsServer({
      syncAlways: false,
      extraConfig: `accounts { A { users: [{ user: a, password: a }], jetstream: { ${limit} } } }`,
    });
    const inside = await openBroker({ url: small.url.replace('nats://', 'nats://a:a@'), name: 'test' });
    try {
      await expect(provision(inside, { storageGb: CAPACITY.storageGb })).rejects.toMatchObject({
        code: 'bad_request',
        message: expect.stringMatching(sentence),
      });
      expect((await inside.manager.getAccountInfo()).streams).toBe(0);
    } finally {
      await inside.close();
      await small.stop();
    }
  });
});
