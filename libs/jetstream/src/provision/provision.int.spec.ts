import { BUCKETS, consumers, OWNER_GROUP, PARTITIONS, STREAMS } from '@manyhands/proto';
import { startNatsServer, type NatsServer } from '@manyhands/testkit';
import { AckPolicy } from '@nats-io/jetstream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Broker } from '../broker.ts';
import { openBroker } from '../connect.ts';
import { provision } from './provision.ts';

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
    const [, outcome] = await Promise.all([server.restart(), provisioning.then(() => 'provisioned', (error: Error) => error.message)]);
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
    await broker.manager.streams.update(STREAMS.work.name, { max_bytes: 1_000_000 });
    await expect(provision(broker)).rejects.toMatchObject({
      code: 'bad_request',
      message: expect.stringMatching(
        /stream WORK .*max_bytes: it has 1000000, needed is 2147483648.*`nats stream edit WORK`.*`nats stream rm WORK`/s,
      ),
    });
    expect((await streamOf(STREAMS.work.name)).max_bytes).toBe(1_000_000);
  });

  it('puts another retention on the server, and only where retention is', async () => {
    await provision(broker);
    const hours = 3_600_000_000_000;
    const others = ['EVENTS', 'DEAD', 'KV_idempotency'];
    const before = await Promise.all(others.map(async (name) => (await streamOf(name)).max_age));
    for (const retentionHours of [168, 1, 24]) {
      await provision(broker, { retentionHours });
      for (const name of ['MAILBOX', 'KV_jobs', 'KV_job_state']) expect((await streamOf(name)).max_age).toBe(retentionHours * hours);
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
      code: 'unavailable',
      message: expect.stringContaining('replicas > 1 not supported'),
    });
  });

  it('says which setting to raise when the server may store too little', async () => {
    await broker.manager.streams.add({ name: 'BIG', subjects: ['big'], max_bytes: 60 * 1024 ** 3 });
    await expect(provision(broker)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('max_file_store'),
    });
  });
});
