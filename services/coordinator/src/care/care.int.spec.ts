import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BUCKETS, consumers, PARTITIONS, STREAMS } from '@manyhands/proto';
import { renderAuthorization } from '@manyhands/proto/identities';
import { startNatsServer, type NatsServer } from '@manyhands/testkit';
import { AckPolicy, DeliverPolicy, nanos, type Broker, HANDED_OUT_NOTE, type WantedConsumer } from '@manyhands/nats';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openBroker, createOutbox, keepIdentityKeys, mendStreams, wantedPartitions, provision } from '@manyhands/broker';
import { Care, type CareOptions } from './care.ts';

let server: NatsServer;
let broker: Broker;
let said: string[];
let nowMs: number;

const due: WantedConsumer = {
  durable_name: 'due',
  description: 'For tests.',
  filter_subject: 'schedule.due.>',
  ack_policy: AckPolicy.Explicit,
  deliver_policy: DeliverPolicy.All,
  max_ack_pending: 1_000,
};
const wantedOf: CareOptions['consumers'] = (stream) =>
  stream === STREAMS.mailbox.name ? wantedPartitions() : stream === STREAMS.schedules.name ? [due] : [];

beforeEach(async () => {
  server = await startNatsServer({ syncAlways: false });
  broker = await openBroker({ url: server.url, name: 'test' });
  await provision(broker, { storageGb: 1 });
  await broker.manager.consumers.add(STREAMS.schedules.name, due);
  said = [];
  nowMs = 0;
});
afterEach(async () => {
  await broker?.close();
  await server?.stop();
});

const care = (options: Partial<CareOptions> = {}) =>
  new Care({
    broker,
    storageGb: 1,
    consumers: wantedOf,
    warn: (sentence) => said.push(sentence),
    clock: () => nowMs,
    ...options,
  });
const streamOf = async (name: string) => broker.manager.streams.info(name);
const mailbox = STREAMS.mailbox.name;

it('finds nothing when nobody touched anything', async () => {
  const looking = care();
  await looking.look();
  await looking.look();
  expect(said).toEqual([]);
  expect([looking.troubles, looking.mendedCount]).toEqual([[], 0]);
});

describe('what was removed', () => {
  it('is made anew, each kind of it, said once, counted and listed for a while', async () => {
    const looking = care();
    await looking.look();
    await broker.manager.consumers.delete(mailbox, consumers.partition(PARTITIONS[3]!));
    await broker.manager.consumers.delete(STREAMS.schedules.name, 'due');
    await broker.manager.streams.delete(STREAMS.work.name);
    await broker.manager.streams.delete(`KV_${BUCKETS.coordinators.name}`);
    await looking.look();
    for (const { config } of await Promise.all([streamOf(STREAMS.work.name), streamOf(`KV_${BUCKETS.coordinators.name}`)]))
      expect(config.description).toBeDefined();
    await broker.manager.consumers.info(mailbox, consumers.partition(PARTITIONS[3]!));
    await broker.manager.consumers.info(STREAMS.schedules.name, 'due');
    const whats = [
      'stream WORK',
      'bucket coordinators',
      `consumer partition-${PARTITIONS[3]} of stream MAILBOX`,
      'consumer due of stream SCHEDULES',
    ];
    expect(looking.troubles.map(({ what, mended }) => ({ what, mended }))).toEqual(whats.map((what) => ({ what, mended: true })));
    expect(looking.mendedCount).toBe(4);
    expect(said).toHaveLength(4);
    expect(said[0]).toBe('stream WORK is not as needed: it was removed. It was created again, empty: what was in it is lost.');
    await looking.look();
    expect(said).toHaveLength(4);
    nowMs = 15_000;
    expect(looking.troubles).toEqual([]);
  });

  it('as a stream of the past goes on with later sequences than it ever had', async () => {
    await createOutbox(broker).publishAll([{ subject: 'job.00.x.result.1', data: new Uint8Array(1) }]);
    const looking = care();
    await looking.look();
    await broker.manager.streams.delete(mailbox);
    await looking.look();
    const { seq } = await broker.jetstream.publish('job.00.x.result.2', 'x');
    expect(seq).toBeGreaterThan(1e15);
    expect(seq).toBeLessThan(Number.MAX_SAFE_INTEGER);
    // The stream's consumers went with it.
    expect(looking.mendedCount).toBe(1 + PARTITIONS.length);
    // So does one that was removed while nobody ran.
    await broker.manager.streams.delete(`KV_${BUCKETS.jobs.name}`);
    await provision(broker, { storageGb: 1 });
    expect((await streamOf(`KV_${BUCKETS.jobs.name}`)).state.first_seq).toBeGreaterThan(1e15);
  });

  it('as a consumer goes on where it was, and says what was handed out before', async () => {
    const partition = PARTITIONS[0]!;
    const name = consumers.partition(partition);
    await createOutbox(broker).publishAll(
      Array.from({ length: 9 }, (_, index) => ({ subject: `job.${partition}.x.result.${index}`, data: new Uint8Array(1) })),
    );
    await broker.manager.consumers.reset(mailbox, name, 6);
    const before = await broker.manager.consumers.info(mailbox, name);
    expect(before.ack_floor.stream_seq).toBe(5);
    const looking = care();
    await looking.look();
    await broker.manager.consumers.delete(mailbox, name);
    await looking.look();
    const after = await broker.manager.consumers.info(mailbox, name);
    expect([after.num_pending, after.config.metadata?.[HANDED_OUT_NOTE]]).toEqual([4, '9']);
    // Who does not know where it was begins at the first, and says so too.
    await broker.manager.consumers.delete(mailbox, name);
    await provision(broker, { storageGb: 1 });
    const anew = await broker.manager.consumers.info(mailbox, name);
    expect([anew.num_pending, anew.config.metadata?.[HANDED_OUT_NOTE]]).toEqual([9, '9']);
  });
});

describe('what was changed', () => {
  it('is changed back: limits, subjects, ages, a consumer paused or edited', async () => {
    const looking = care();
    await broker.manager.streams.update(STREAMS.work.name, { max_bytes: 1_000_000, duplicate_window: 1_000_000_000 });
    await broker.manager.streams.update(STREAMS.events.name, { subjects: ['event.>', 'other.>'], max_age: 3_600_000_000_000 });
    await broker.manager.consumers.update(mailbox, consumers.partition(PARTITIONS[1]!), { max_ack_pending: 7 });
    await broker.manager.consumers.pause(mailbox, consumers.partition(PARTITIONS[2]!), new Date(Date.now() + 3_600_000));
    await looking.look();
    expect(said).toHaveLength(4);
    expect(said[0]).toMatch(
      /^stream WORK is not as needed: it was changed \(max_bytes is 1000000 instead of \d+, duplicate_window is 1000000000 instead of 120000000000\)\. It was changed back; stop the services/,
    );
    expect(said.find((sentence) => sentence.includes('paused'))).toMatch(
      /consumer partition-\d+ of stream MAILBOX is not as needed: it was paused\. It was resumed\./,
    );
    said.length = 0;
    await looking.look();
    expect(said).toEqual([]);
    await provision(broker, { storageGb: 1 });
  });

  it('is left alone where it is only words and notes, or a size that nobody said', async () => {
    await broker.manager.streams.update(STREAMS.work.name, {
      description: 'Mine.',
      metadata: { mine: 'yes' },
      max_bytes: 1_000_000,
    });
    const looking = care({ storageGb: undefined });
    await looking.look();
    expect(said).toEqual([]);
  });

  it('again and again is left as it is for a while, which is said once', async () => {
    const looking = care();
    const change = () => broker.manager.streams.update(STREAMS.work.name, { duplicate_window: 1_000_000_000 });
    for (let times = 0; times < 8; times += 1) {
      await change();
      await looking.look();
    }
    expect(looking.mendedCount).toBe(5);
    expect(said.filter((sentence) => sentence.includes('changed repeatedly'))).toHaveLength(1);
    expect(looking.troubles).toMatchObject([{ what: 'stream WORK', mended: false }]);
    nowMs = 600_000;
    await looking.look();
    expect(looking.mendedCount).toBe(6);
  });

  it('is not made smaller than what is in it where that drops the oldest', async () => {
    await broker.manager.streams.update(STREAMS.events.name, { max_bytes: 500_000_000 });
    const wanted = 100_000;
    const looking = care({ storageGb: 0.001 });
    for (let count = 0; count < 3; count += 1) await broker.jetstream.publish(`event.t.${count}.done`, new Uint8Array(wanted));
    await looking.look();
    expect((await streamOf(STREAMS.events.name)).state.messages).toBe(3);
  });
});

// Seen with the keys of npm start: the look ended at the first stream that no coordinator may make, so nothing behind it was looked at, and no consumer was made again.
it('what it may not make stays listed with who may, holds up nothing else, and is seen to be made by another', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'care-'));
  const extraConfig = renderAuthorization(keepIdentityKeys(folder).publicKeys);
  const guarded = await startNatsServer({ syncAlways: false, extraConfig });
  const as = (identity: 'provision' | 'coordinator' | 'admin') =>
    openBroker({
      ...{ url: guarded.url, name: identity },
      access: { nkey: readFileSync(join(folder, `${identity}.nkey`), 'utf8').trim() },
    });
  const [maker, mine, admin] = [await as('provision'), await as('coordinator'), await as('admin')];
  const options = { storageGb: 1, as: 'provision' } as const;
  await provision(maker, options);
  await provision(mine, { storageGb: 1, as: 'coordinator' });
  const made: string[] = [];
  const looking = care({ broker: mine, as: 'coordinator', madeAnew: (stream) => made.push(stream) });
  await looking.look();
  said.length = 0;
  await admin.manager.streams.delete(STREAMS.answered.name);
  await admin.manager.streams.delete(STREAMS.schedules.name);
  await admin.manager.streams.update(STREAMS.dead.name, { max_age: nanos(3_600_000) });
  await admin.manager.consumers.delete(mailbox, consumers.partition(PARTITIONS[3]!));
  for (let looks = 0; looks < 8; looks += 1) await looking.look();
  await mine.manager.consumers.info(mailbox, consumers.partition(PARTITIONS[3]!));
  expect(said.filter((sentence) => /ANSWERED/.test(sentence))).toEqual([
    expect.stringMatching(/it was removed, and services may not correct it: npm start does/),
  ]);
  expect(said.filter((sentence) => /DEAD/.test(sentence))).toEqual([expect.stringMatching(/services may not correct it/)]);
  expect(
    looking.troubles
      .filter(({ mended }) => !mended)
      .map(({ what }) => what)
      .sort(),
  ).toEqual(['stream ANSWERED', 'stream DEAD', 'stream SCHEDULES']);
  expect((await mendStreams(maker, options)).sort()).toEqual([STREAMS.answered.name, STREAMS.dead.name, STREAMS.schedules.name]);
  await looking.look();
  expect(looking.troubles.every(({ mended }) => mended)).toBe(true);
  expect(made.sort()).toEqual([STREAMS.answered.name, STREAMS.schedules.name]);
  await mine.manager.consumers.info(STREAMS.schedules.name, 'due');
  expect(said.filter((sentence) => /consumer due/.test(sentence))).toHaveLength(1);
  expect(said.filter((sentence) => /is as needed again/.test(sentence))).toHaveLength(3);
  await Promise.all([maker.close(), mine.close(), admin.close()]);
  await guarded.stop();
  rmSync(folder, { recursive: true });
});

it('looks by itself', async () => {
  const looking = care({ everyMs: 20 });
  looking.start();
  await broker.manager.streams.delete(STREAMS.dead.name);
  await expect.poll(() => looking.mendedCount, { timeout: 10_000 }).toBe(1);
  await looking.stop();
});
