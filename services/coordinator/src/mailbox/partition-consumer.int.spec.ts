import { fork, type ChildProcess } from 'node:child_process';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  consumers,
  deadSubjects,
  isManyhandsError,
  ManyhandsError,
  newJobId,
  OWNER_GROUP,
  partitionOf,
  PARTITIONS,
  STREAMS,
} from '@manyhands/proto';
import { createSignal, eventually, startNatsServer, type NatsServer, type Signal } from '@manyhands/testkit';
import { openBroker, provision, createOutbox, readStored } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import { LargePulls } from './large-pulls.ts';
import type { MailboxDecoder } from './mailbox-message.ts';
import { openPartitionConsumer, type MailboxBatch, type PartitionConsumer, type PartitionRelease } from './partition-consumer.ts';

let server: NatsServer;
let broker: Broker;
const opened: PartitionConsumer[] = [];
const brokers: Broker[] = [];
const children: ChildProcess[] = [];
const unused = [...PARTITIONS];

/** Each test has a partition of its own. */
let partition: string;
let jobId: string;

beforeAll(async () => {
  server = await startNatsServer();
  broker = await openBroker({ url: server.url, name: 'test' });
  await provision(broker);
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await Promise.all(opened.splice(0).map((consumer) => consumer.close()));
  await Promise.all(brokers.splice(0).map((other) => other.close()));
});
afterAll(async () => {
  await broker?.close();
  await server?.stop();
});

const readText: MailboxDecoder<string> = (_subject, data) => {
  const text = new TextDecoder().decode(data);
  if (text === 'gibberish') throw new ManyhandsError('undecodable', 'not a word');
  return text;
};

function takePartition(): void {
  const next = unused.pop();
  if (next === undefined)
    throw new Error('each test has a partition of its own, and all are used: too many tests were tried again');
  partition = next;
  do jobId = newJobId();
  while (partitionOf(jobId) !== partition);
}

async function connectAnother(): Promise<Broker> {
  const other = await openBroker({ url: server.url, name: 'other' });
  brokers.push(other);
  return other;
}

async function send(...texts: string[]): Promise<number[]> {
  const acks = await Promise.all(texts.map((text) => broker.jetstream.publish(`job.${partition}.${jobId}.note`, text)));
  return acks.map((ack) => ack.seq);
}

interface Heard {
  /** Each batch as `text` or `text (again)`. */
  batches: string[][];
  released: PartitionRelease[];
  signal: Signal<MailboxBatch<string>>;
}

function open(
  own: Broker,
  handle: (batch: MailboxBatch<string>) => Promise<void> = async () => {},
  batchMax?: number,
  settledThrough?: () => number,
): PartitionConsumer & { heard: Heard } {
  const heard: Heard = { batches: [], released: [], signal: createSignal() };
  const consumer = openPartitionConsumer<string>(own, {
    partition,
    decode: readText,
    outbox: createOutbox(own),
    async handle(batch) {
      heard.batches.push(batch.messages.map(({ message, redelivered }) => (redelivered ? `${message} (again)` : message)));
      heard.signal.emit('batch', batch);
      await handle(batch);
    },
    released: (release) => void heard.released.push(release),
    ...(batchMax !== undefined && { batchMax }),
    ...(settledThrough !== undefined && { settledThrough }),
  });
  opened.push(consumer);
  return Object.assign(consumer, { heard });
}

async function ackFloor(): Promise<number> {
  return (await broker.manager.consumers.info(STREAMS.mailbox.name, consumers.partition(partition))).ack_floor.stream_seq;
}

function listenForAcks(): { sequences: number[]; stop(): void } {
  const sequences: number[] = [];
  const stop = broker.subscribe(`$JS.ACK.${STREAMS.mailbox.name}.${consumers.partition(partition)}.>`, (_data, subject) =>
    sequences.push(Number(subject.split('.')[5])),
  );
  return { sequences, stop };
}

describe('a partition consumer', () => {
  it('hands over what is stored in order, and acknowledges many batches with one ack', async () => {
    takePartition();
    const sequences = await send('a', 'b', 'c', 'd', 'e');
    const acks = listenForAcks();
    const consumer = open(broker, undefined, 3);
    await eventually(async () => expect(await ackFloor()).toBe(sequences.at(-1)));

    expect(consumer.heard.batches.flat()).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(consumer.heard.batches.length).toBeGreaterThan(1);
    expect(acks.sequences).toEqual([sequences.at(-1)]);
    acks.stop();
  });

  it('does not wait to fill a batch, nor hold back what comes later', async () => {
    takePartition();
    const consumer = open(broker);
    await send('first');
    await consumer.heard.signal.wait('batch');
    await send('second');
    await consumer.heard.signal.wait('batch');

    expect(consumer.heard.batches).toEqual([['first'], ['second']]);
  });

  it('waits a moment for more after a batch of several', async () => {
    takePartition();
    const gates = [1, 2].map(() => Promise.withResolvers<void>());
    const beganAtMs: number[] = [];
    const consumer = open(broker, async () => {
      beganAtMs.push(performance.now());
      await gates[beganAtMs.length - 1]?.promise;
    });
    const allHere = async (sequences: number[]): Promise<void> => {
      const isHere = async () => {
        const { delivered } = await broker.manager.consumers.info(STREAMS.mailbox.name, consumers.partition(partition));
        expect(delivered.stream_seq).toBe(sequences.at(-1));
      };
      await eventually(isHere);
      await broker.connection.flush();
    };
    await send('first');
    await consumer.heard.signal.wait('batch');
    await allHere(await send('a', 'b', 'c', 'd'));
    gates[0]!.resolve();
    await consumer.heard.signal.wait('batch');
    await allHere(await send('last'));
    const openedAtMs = performance.now();
    gates[1]!.resolve();
    await consumer.heard.signal.wait('batch');
    expect(consumer.heard.batches).toEqual([['first'], ['a', 'b', 'c', 'd'], ['last']]);
    // A timer may be a millisecond early.
    expect(beganAtMs[2]! - openedAtMs).toBeGreaterThan(1.5);
  });

  it('collects what comes during one batch into the next', async () => {
    takePartition();
    const gate = Promise.withResolvers<void>();
    const consumer = open(broker, () => gate.promise);
    await send('first');
    await consumer.heard.signal.wait('batch');
    const texts = Array.from({ length: 200 }, (_, index) => `${index}`);
    const sequences = await send(...texts);
    gate.resolve();
    await eventually(async () => expect(await ackFloor()).toBe(sequences.at(-1)));

    expect(consumer.heard.batches.flat()).toEqual(['first', ...texts]);
    expect(consumer.heard.batches.length).toBeLessThan(20);
  });

  it('gives the partition up when the handler throws: nothing is acknowledged, and a later consumer gets it all again', async () => {
    takePartition();
    const floor = await ackFloor();
    await send('a', 'b');
    const failing = open(broker, async () => {
      throw new Error('disk on fire');
    });
    const release = await failing.closed;
    expect(release).toMatchObject({ partition, why: 'failed', error: new Error('disk on fire'), batches: 0 });
    expect(failing.heard.released).toEqual([release]);
    expect(await ackFloor()).toBe(floor);

    const [last] = await send('c');
    const next = open(broker);
    await eventually(async () => expect(await ackFloor()).toBe(last));
    expect(next.heard.batches.flat()).toEqual(['a (again)', 'b (again)', 'c']);
  });

  it('sets what cannot be decoded aside, and goes on', async () => {
    takePartition();
    const [first, second] = await send('gibberish', 'sense');
    const consumer = open(broker);
    await eventually(async () => expect(await ackFloor()).toBe(second));

    expect(consumer.heard.batches).toEqual([['sense']]);
    const letters = await readStored(broker, 'dead', deadSubjects.mailbox(jobId));
    expect(letters.map(({ data }) => JSON.parse(new TextDecoder().decode(data)))).toEqual([
      expect.objectContaining({
        type: 'MailboxDeadLetter',
        sequence: first,
        reason: 'not a word',
        text: 'gibberish',
        subject: `job.${partition}.${jobId}.note`,
      }),
    ]);
  });

  it('gives the partition up when what cannot be decoded cannot be set aside either', async () => {
    takePartition();
    await send('gibberish');
    const unavailable = new ManyhandsError('unavailable', 'DEAD is full');
    const consumer = openPartitionConsumer(broker, {
      partition,
      decode: readText,
      outbox: { publishAll: () => Promise.reject(unavailable) },
      handle: async () => {},
    });
    opened.push(consumer);
    const { why, error } = await consumer.closed;

    expect(why).toBe('failed');
    expect(isManyhandsError(error, 'unavailable')).toBe(true);
  });

  it('finishes the batch in hand when closed, saves, and hands the rest to the next owner at once', async () => {
    takePartition();
    const gate = Promise.withResolvers<void>();
    const first = open(broker, () => gate.promise);
    await send('a');
    await first.heard.signal.wait('batch');
    const [last] = await send('b');
    const closed = first.close();
    const second = open(await connectAnother());
    gate.resolve();
    await closed;
    await second.heard.signal.wait('batch', undefined, 2_500);

    expect(first.heard.batches).toEqual([['a']]);
    expect(first.heard.released).toEqual([{ partition, why: 'closed', batches: 1 }]);
    // Whether `b` was on its way to the first owner when it closed decides whether it counts as handed over before.
    expect(second.heard.batches.flat().map((text) => text.replace(' (again)', ''))).toEqual(['b']);
    await eventually(async () => expect(await ackFloor()).toBe(last));
  });

  it('starts with what a dead owner left, though newer messages were stored since', async () => {
    takePartition();
    const doomed = await connectAnother();
    const dying = open(doomed, () => new Promise(() => {}));
    opened.pop();
    await send('a', 'b');
    await dying.heard.signal.wait('batch');
    await doomed.connection.close();
    const [last] = await send('c');
    const next = open(broker);
    await eventually(async () => expect(await ackFloor()).toBe(last));

    // What is handed out behind them before the new owner has asked how far the old one came counts as handed out before.
    expect(next.heard.batches.flat()).toEqual(['a (again)', 'b (again)', expect.stringMatching(/^c( \(again\))?$/)]);
  });

  it('gets what a dead owner left even when nothing newer comes', async () => {
    takePartition();
    const doomed = await connectAnother();
    const dying = open(doomed, () => new Promise(() => {}));
    opened.pop();
    const [last] = await send('a');
    await dying.heard.signal.wait('batch');
    await doomed.connection.close();
    const next = open(broker);
    await eventually(async () => expect(await ackFloor()).toBe(last));

    expect(next.heard.batches).toEqual([['a (again)']]);
  });

  it('acknowledges again what the server hands over again, without handling it twice', async () => {
    takePartition();
    const consumer = open(broker);
    const sequences = await send('a', 'b');
    await eventually(async () => expect(await ackFloor()).toBe(sequences[1]));
    await broker.manager.consumers.reset(STREAMS.mailbox.name, consumers.partition(partition), sequences[0]);
    await eventually(async () => expect(await ackFloor()).toBe(sequences[1]));
    await send('c');
    await consumer.heard.signal.wait('batch', ({ messages }) => messages.some(({ message }) => message === 'c'));

    expect(consumer.heard.batches.flat()).toEqual(['a', 'b', 'c']);
  });

  // Seen: the ack of a message that came again covered those of a job that waited for its next try, and its end was published by nobody.
  it('acknowledges none of them before it is settled, when it comes again after its ack wait', async () => {
    takePartition();
    const name = consumers.partition(partition);
    await broker.manager.consumers.update(STREAMS.mailbox.name, name, { ack_wait: 500 * 1e6 });
    const delivered = async (): Promise<number> =>
      (await broker.manager.consumers.info(STREAMS.mailbox.name, name)).delivered.consumer_seq;
    let settled = 0;
    const acks = listenForAcks();
    const consumer = open(broker, undefined, undefined, () => settled);
    const [, last] = await send('a', 'b');
    await eventually(() => expect(consumer.heard.batches.flat()).toEqual(['a', 'b']));
    const before = await delivered();
    await eventually(async () => expect(await delivered()).toBeGreaterThanOrEqual(before + 2));
    // What came again was received, and an ack of it would have arrived.
    await broker.connection.flush();
    await broker.connection.flush();
    expect(acks.sequences).toEqual([]);

    settled = Infinity;
    await eventually(async () => expect(await ackFloor()).toBe(last));
    expect(consumer.heard.batches.flat()).toEqual(['a', 'b']);
    acks.stop();
  });

  it('gives way when somebody takes the pin away, at the next message at the latest', async () => {
    takePartition();
    const consumer = open(broker);
    await send('a');
    await consumer.heard.signal.wait('batch');
    await eventually(async () =>
      expect((await broker.manager.consumers.info(STREAMS.mailbox.name, consumers.partition(partition))).num_ack_pending).toBe(0),
    );
    await broker.manager.consumers.unpin(STREAMS.mailbox.name, consumers.partition(partition), OWNER_GROUP);
    await send('b');
    expect(await consumer.closed).toMatchObject({ why: 'pin_lost', batches: 1 });

    const next = open(broker);
    await next.heard.signal.wait('batch');
    expect(next.heard.batches).toEqual([['b']]);
  });

  it('comes back after a restart of the server', async () => {
    takePartition();
    const consumer = open(broker);
    await send('before');
    await consumer.heard.signal.wait('batch');
    await server.kill();
    await server.restart();
    const release = await consumer.closed;
    expect(release.why).toBe('pin_lost');

    const next = open(broker);
    const [last] = await send('after');
    await eventually(async () => expect(await ackFloor()).toBe(last));
    expect(next.heard.batches.flat().at(-1)).toBe('after');
  });
});

describe('two owners of one partition', () => {
  it('never both get an ack through: one that was stopped for longer than its pin lasts finds it gone', async () => {
    takePartition();
    const acks = listenForAcks();
    const stopped = fork(new URL('./partition-owner.fixture.ts', import.meta.url), [server.url, partition], {
      execArgv: ['--conditions=source'],
    });
    children.push(stopped);
    const said = createSignal();
    stopped.on('message', (message) => said.emit(...(message as [string, unknown])));
    await said.wait('open');
    const [last] = await send('a');
    expect(await said.wait('batch')).toEqual(['a']);

    stopped.kill('SIGSTOP');
    const other = open(broker);
    await other.heard.signal.wait('batch', undefined, 10_000);
    await eventually(async () => expect(await ackFloor()).toBe(last));
    expect(other.heard.batches).toEqual([['a (again)']]);

    // The stopped one finishes its batch only now, as if nothing had happened.
    stopped.send('finish');
    stopped.kill('SIGCONT');
    expect(await said.wait('closed')).toMatchObject({ why: 'pin_lost', batches: 0 });
    await broker.connection.flush();
    expect(acks.sequences).toEqual([last]);

    const [next] = await send('b');
    await eventually(async () => expect(await ackFloor()).toBe(next));
    expect(other.heard.batches.flat()).toEqual(['a (again)', 'b']);
    acks.stop();
  });

  it('take turns: the one on standby gets nothing while the other pulls', async () => {
    takePartition();
    const first = open(broker);
    await send('a');
    await first.heard.signal.wait('batch');
    const second = open(await connectAnother());
    for (const text of ['b', 'c', 'd']) {
      await send(text);
      await first.heard.signal.wait('batch');
    }
    expect(second.heard.batches).toEqual([]);

    await first.close();
    await send('e');
    await second.heard.signal.wait('batch', undefined, 2_500);
    expect(second.heard.batches).toEqual([['e']]);
  });
});

describe('a backlog of large messages', () => {
  // Seen: pulls named no bytes, and the server cut off a coordinator that decoded for longer than its buffers held, for ever.
  it(
    'is handed over piece by piece, over all partitions, and the server takes nobody for a slow consumer',
    { timeout: 60_000 },
    async () => {
      const own = await startNatsServer({ extraConfig: 'max_pending: 24MB\nwrite_deadline: "1s"' });
      const sender = await openBroker({ url: own.url, name: 'sender' });
      await provision(sender);
      const count = 160;
      const data = new Uint8Array(455_000).fill(65);
      for (let sent = 0; sent < count; sent += 16) {
        await Promise.all(PARTITIONS.map((name) => sender.jetstream.publish(`job.${name}.${newJobId()}.note`, data)));
      }
      const taker = await openBroker({ url: own.url, name: 'taker' });
      let losses = 0;
      taker.onConnected((connected) => void (losses += connected ? 0 : 1));
      let handled = 0;
      const large = new LargePulls();
      const takers = PARTITIONS.map((name) =>
        openPartitionConsumer(taker, {
          partition: name,
          large,
          outbox: createOutbox(taker),
          decode: (_subject, bytes) => bytes.length,
          async handle({ messages }) {
            // Busy, and reads nothing meanwhile.
            const until = performance.now() + 20 * messages.length;
            while (performance.now() < until);
            await new Promise((resume) => setImmediate(resume));
            handled += messages.length;
          },
        }),
      );
      await eventually(() => expect(handled).toBe(count));
      expect(losses).toBe(0);
      await Promise.all(takers.map((one) => one.close()));
      await Promise.all([sender.close(), taker.close()]);
      await own.stop();
    },
  );
});
