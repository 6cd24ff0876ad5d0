import type { Broker, Outbox, OutgoingMessage } from '@manyhands/nats';
import { openBroker, lastStored, readStored, createOutbox } from './bound.ts';
import { provision } from './provision/provision.ts';
import { limits, STREAMS } from '@manyhands/proto';
import { createSignal, startNatsServer, startNetworkLink, type NatsServer } from '@manyhands/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ATOMIC_MESSAGES_MIN } from '../../nats/src/publish/batch-pace.ts';

let server: NatsServer;
let broker: Broker;
let outbox: Outbox;
let test = 0;

beforeAll(async () => {
  server = await startNatsServer();
  broker = await openBroker({ url: server.url, name: 'test' });
  await provision(broker);
  outbox = createOutbox(broker);
});
beforeEach(() => {
  test += 1;
});
afterAll(async () => {
  await broker?.close();
  await server?.stop();
});

/** The n-th message of this test, only ever stored once. */
function message(n: number, given: Partial<OutgoingMessage> = {}): OutgoingMessage {
  const subject = `job.00.t${test}.result.${n}`;
  return { subject, data: Buffer.from(String(n)), messageId: subject, expectLastSubjectSequence: 0, ...given };
}
const messages = (count: number) => Array.from({ length: count }, (_, n) => message(n));
const stored = async () =>
  (await readStored(broker, 'mailbox', `job.00.t${test}.>`)).map(({ data }) => Number(Buffer.from(data)));
const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);

describe.each([
  ['one message', 1],
  ['few messages, by fast ingest', 3],
  ['many messages, as an atomic batch', ATOMIC_MESSAGES_MIN + 5],
  ['more than fit one batch', 1_200],
])('%s', (_, count) => {
  it('are stored once, in order', async () => {
    expect(await outbox.publishAll(messages(count))).toEqual(upTo(count).map(() => 'stored'));
    expect(await stored()).toEqual(upTo(count));
  });

  it('published again are not stored again', async () => {
    const fenced = messages(count).map(({ messageId: _, ...message }) => message);
    await outbox.publishAll(fenced);
    expect(new Set(await outbox.publishAll(fenced))).toEqual(new Set(['exists']));
    expect(await stored()).toHaveLength(count);
  });

  it.each([0, 1, count - 1].filter((n) => n < count))('of which number %i exists store the rest', async (taken) => {
    await outbox.publishAll([message(taken, { messageId: `somebody else ${test}`, data: Buffer.from('-1') })]);
    const outcomes = await outbox.publishAll(messages(count));
    expect(outcomes.flatMap((outcome, n) => (outcome === 'exists' ? [n] : []))).toEqual([taken]);
    expect((await stored()).sort((a, b) => a - b)).toEqual([-1, ...upTo(count).filter((n) => n !== taken)]);
  });

  it('with equal message ids are stored once', async () => {
    const noted = messages(count).map(({ subject, data, messageId }) => ({ subject, data, messageId: messageId! }));
    await outbox.publishAll(noted.slice(0, 2));
    expect(new Set(await outbox.publishAll(noted))).toEqual(new Set(['stored']));
    expect((await stored()).sort((a, b) => a - b)).toEqual(upTo(count));
  });
});

describe('many small calls at once', () => {
  const count = 60;

  it('leave in a few batches and are stored once, in order', async () => {
    const before = broker.connection.stats().inMsgs;
    expect(new Set((await Promise.all(messages(count).map((one) => outbox.publishAll([one])))).flat())).toEqual(
      new Set(['stored']),
    );
    // The server answers each batch once, and each single message.
    expect(broker.connection.stats().inMsgs - before).toBeLessThan(count / 2);
    expect(await stored()).toEqual(upTo(count));
  });

  it('of which one is refused concern no other', async () => {
    await outbox.publishAll([message(1, { messageId: `somebody else ${test}` })]);
    const outcomes = await Promise.all(messages(count).map((one) => outbox.publishAll([one])));
    expect(outcomes.flatMap((outcome, n) => (outcome[0] === 'exists' ? [n] : []))).toEqual([1]);
    expect(new Set(await stored())).toEqual(new Set(upTo(count)));
  });

  it('survive a restart of the server: each is stored once', async () => {
    const first = Promise.all(messages(count).map((one) => outbox.publishAll([one])));
    await server.kill();
    await server.restart();
    expect(new Set((await first).flat())).toEqual(new Set(['stored']));
    expect(new Set(await stored())).toEqual(new Set(upTo(count)));
    expect(await stored()).toHaveLength(count);
  });
});

describe('publishAll', () => {
  it('resolves with nothing for nothing', async () => {
    expect(await outbox.publishAll([])).toEqual([]);
  });

  it('stores an equal message id once', async () => {
    const twice: OutgoingMessage = { subject: `job.00.t${test}.cancel`, data: Buffer.from('1'), messageId: `cancel ${test}` };
    expect(await outbox.publishAll([twice])).toEqual(['stored']);
    expect(await outbox.publishAll([twice])).toEqual(['stored']);
    expect(await stored()).toEqual([1]);
  });

  it('lets one of two racing for a subject win', async () => {
    const other = createOutbox(broker);
    const outcomes = await Promise.all([
      outbox.publishAll([message(1, { messageId: `a ${test}` })]),
      other.publishAll([message(1, { messageId: `b ${test}` })]),
    ]);
    expect(outcomes.flat().sort()).toEqual(['exists', 'stored']);
  });

  it('stores over the expected sequence only', async () => {
    await outbox.publishAll([message(1)]);
    const { sequence = 0 } = (await lastStored(broker, 'mailbox', message(1).subject)) ?? {};
    expect(await outbox.publishAll([message(1, { messageId: 'next', expectLastSubjectSequence: sequence })])).toEqual(['stored']);
    expect(await outbox.publishAll([message(1, { messageId: 'late', expectLastSubjectSequence: sequence })])).toEqual(['exists']);
  });

  it('keeps the order of outcomes across streams', async () => {
    await outbox.publishAll([message(2, { messageId: `somebody else ${test}` })]);
    const lease: OutgoingMessage = {
      subject: `work.sum.normal.t${test}`,
      data: Buffer.from('lease'),
      messageId: `lease ${test}`,
    };
    const event: OutgoingMessage = {
      subject: `event.local.t${test}.finished`,
      data: Buffer.from('event'),
      expectLastSubjectSequence: 0,
    };
    expect(await outbox.publishAll([lease, message(2), event, { ...lease }])).toEqual(['stored', 'exists', 'stored', 'stored']);
  });

  it('refuses a message over the limit before anything is stored', async () => {
    const tooLarge = message(2, { data: new Uint8Array(limits.messageBytesMax + 1) });
    await expect(outbox.publishAll([message(1), tooLarge])).rejects.toMatchObject({ code: 'too_large' });
    expect(await stored()).toEqual([]);
  });

  it('takes a subject that no stream keeps for a mistake', async () => {
    await expect(outbox.publishAll([{ subject: 'nowhere.at.all', data: Buffer.from('x') }])).rejects.toThrow(
      'no stream keeps nowhere.at.all',
    );
  });

  it.each([1, 20, ATOMIC_MESSAGES_MIN])('says `unavailable` when the stream is full, for %i at once', async (count) => {
    const own = await startNatsServer({ syncAlways: false });
    const full = await openBroker({ url: own.url, name: 'test' });
    await provision(full);
    await full.manager.streams.update(STREAMS.mailbox.name, { max_bytes: 500 });
    const many = Array.from({ length: count }, (_, n) => message(n, { data: new Uint8Array(600) }));
    await expect(createOutbox(full).publishAll(many)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('no room'),
    });
    await full.close();
    await own.stop();
  });

  it('says `unavailable` when the server stays away', async () => {
    const own = await startNatsServer({ syncAlways: false });
    const lonely = await openBroker({ url: own.url, name: 'test' });
    await own.kill();
    await expect(createOutbox(lonely, { patienceMs: 200 }).publishAll([message(1)])).rejects.toMatchObject({
      code: 'unavailable',
    });
    await lonely.close();
    await own.stop();
  });

  it.each([1, 20, ATOMIC_MESSAGES_MIN])(
    'knows its own messages again when their answers were lost, %i at once',
    async (count) => {
      const link = await startNetworkLink(server);
      const far = await openBroker({ url: link.url, name: 'far' });
      link.mute();
      const publishing = createOutbox(far).publishAll(messages(count));
      await expect.poll(stored).toHaveLength(count);
      link.cut();
      link.mend();
      expect(new Set(await publishing)).toEqual(new Set(['stored']));
      expect(await stored()).toHaveLength(count);
      await far.close();
      await link.close();
    },
  );

  it('does not take for its own what somebody else stored while its answers were lost', async () => {
    const link = await startNetworkLink(server);
    const far = await openBroker({ url: link.url, name: 'far' });
    const heard = createSignal<boolean>();
    far.onConnected((connected) => heard.emit('connected', connected));
    link.cut();
    await heard.wait('connected', (connected) => !connected);
    const publishing = createOutbox(far).publishAll([message(1)]);
    await outbox.publishAll([message(1, { data: Buffer.from('99'), messageId: `theirs ${test}` })]);
    link.mend();
    expect(await publishing).toEqual(['exists']);
    await far.close();
    await link.close();
  });

  it('loses nothing and stores nothing twice when the server is killed in the middle', async () => {
    const count = 4_000;
    const slices = Array.from({ length: 40 }, (_, slice) => messages(count).slice(slice * 100, (slice + 1) * 100));
    const publishing = Promise.all(slices.map((slice, index) => outbox.publishAll(index % 2 === 0 ? slice : slice.slice(0, 10))));
    await server.kill();
    await server.restart();
    await publishing;
    const wanted = slices
      .flatMap((slice, index) => (index % 2 === 0 ? slice : slice.slice(0, 10)))
      .map(({ data }) => Number(Buffer.from(data)));
    expect((await stored()).sort((a, b) => a - b)).toEqual(wanted);
  });
});
