import type { Delivery } from '@manyhands/nats';
import { beforeEach, describe, expect, it } from 'vitest';
import { consumers, newJobId, STREAMS, workSubjects } from '@manyhands/proto';
import { createSignal, eventually, type Signal } from '@manyhands/testkit';
import { ensureLaneConsumer } from '@manyhands/broker';
import { openLanePuller, type LanePuller } from './lane-puller.ts';
import { broker, server, useProvisionedServer } from '@manyhands/testkit/provisioned-server';

let kindCount = 0;

useProvisionedServer();

interface Lane {
  kind: string;
  puller: LanePuller;
  heard: Signal<{ delivery?: Delivery; count?: number }>;
  waiting(): Promise<{ pending: number; unsettled: number; waiting: number }>;
  lease(text: string): Promise<void>;
}

async function openLane(ackWaitMs?: number): Promise<Lane> {
  const kind = `kind-${(kindCount += 1)}`;
  await ensureLaneConsumer(broker, kind, 'normal', ackWaitMs === undefined ? {} : { ackWaitMs });
  const heard = createSignal<{ delivery?: Delivery; count?: number }>();
  const puller = openLanePuller(broker, kind, 'normal', {
    delivery: (delivery) => heard.emit('delivery', { delivery }),
    over: (count, reason) => heard.emit(reason, { count }),
  });
  return {
    kind,
    puller,
    heard,
    async waiting() {
      const info = await broker.manager.consumers.info(STREAMS.work.name, consumers.queue(kind, 'normal'));
      return { pending: info.num_pending, unsettled: info.num_ack_pending, waiting: info.num_waiting };
    },
    async lease(text) {
      await broker.jetstream.publish(workSubjects.lease(kind, 'normal', newJobId()), text);
    },
  };
}

/** They are there to be had: the server answers that a lease is stored before it has counted it for the consumer. */
async function leased(lane: Lane, ...texts: string[]): Promise<void> {
  for (const text of texts) await lane.lease(text);
  await eventually(async () => expect((await lane.waiting()).pending).toBe(texts.length));
}

const textOf = (delivery: Delivery) => new TextDecoder().decode(delivery.data);

describe('LanePuller', () => {
  let lane: Lane;
  beforeEach(async () => {
    lane = await openLane();
    return () => lane.puller.stop();
  });

  async function next(): Promise<Delivery> {
    return (await lane.heard.wait('delivery')).delivery!;
  }

  it('gets as many as it asked for and no more, and an ack takes them out of the lane', async () => {
    await leased(lane, 'a', 'b', 'c');
    expect(lane.puller.want(2, 0)).toBe(true);
    const [first, second] = [await next(), await next()];
    expect([textOf(first), textOf(second), first.count]).toEqual(['a', 'b', 1]);
    expect([first.pending, second.pending]).toEqual([2, 1]);
    expect(await lane.heard.wait('filled')).toEqual({ count: 0 });
    expect(await lane.waiting()).toMatchObject({ pending: 1, unsettled: 2 });
    first.ack();
    second.ack();
    expect(first.settled).toBe(true);
    await eventually(async () => expect(await lane.waiting()).toMatchObject({ pending: 1, unsettled: 0 }));
  });

  it('gives the whole credit back when nothing waits', async () => {
    lane.puller.want(5, 0);
    expect(await lane.heard.wait('empty')).toEqual({ count: 5 });
    expect(lane.puller.asking).toBe(false);
  });

  it('gives the rest of the credit back when less waits than it asked for', async () => {
    await leased(lane, 'a', 'b');
    lane.puller.want(5, 0);
    expect(await lane.heard.wait('empty')).toEqual({ count: 3 });
    expect(lane.heard.count('delivery')).toBe(2);
    for (const delivery of [await next(), await next()]) delivery.ack();
  });

  it('waits for a lease that comes later', async () => {
    lane.puller.want(1, 10_000);
    await lane.lease('later');
    expect(textOf(await next())).toBe('later');
    await lane.heard.wait('filled');
  });

  it('gives the credit back when it waited in vain', async () => {
    lane.puller.want(3, 200);
    expect(await lane.heard.wait('expired')).toEqual({ count: 3 });
  });

  it('asks nothing more while a request is open', () => {
    expect(lane.puller.want(1, 5_000)).toBe(true);
    expect(lane.puller.want(1, 5_000)).toBe(false);
  });

  it('hands a lease out again after nak, with the delivery counted', async () => {
    await leased(lane, 'again');
    lane.puller.want(1, 0);
    (await next()).nak(0);
    lane.puller.want(1, 5_000);
    const again = await next();
    expect(again.count).toBe(2);
    again.term('poison');
    await eventually(async () => expect(await lane.waiting()).toMatchObject({ pending: 0, unsettled: 0 }));
  });

  it('gives the credit back when the consumer is removed', async () => {
    lane.puller.want(2, 10_000);
    await broker.connection.flush();
    await broker.manager.consumers.delete(STREAMS.work.name, consumers.queue(lane.kind, 'normal'));
    expect(await lane.heard.wait('unreachable')).toEqual({ count: 2 });
    lane.puller.want(2, 0);
    expect(await lane.heard.wait('unreachable')).toEqual({ count: 2 });
  });

  it('leaves no request behind when it stops, so no lease is handed to nobody', async () => {
    lane.puller.want(1, 10_000);
    await lane.puller.stop();
    expect(lane.puller.want(1, 0)).toBe(false);
    await leased(lane, 'kept');
    expect(await lane.waiting()).toMatchObject({ pending: 1, unsettled: 0 });
  });

  it('hands a lease out again when it was not renewed within the ack wait, and not while it is renewed', async () => {
    const short = await openLane(2_000);
    await leased(short, 'renewed');
    short.puller.want(1, 0);
    const first = (await short.heard.wait('delivery')).delivery!;
    await short.heard.wait('filled');
    for (let renewal = 0; renewal < 2; renewal += 1) {
      short.puller.want(1, 700);
      expect(await first.working(500)).toBe(true);
      await short.heard.wait('expired');
    }
    short.puller.want(1, 5_000);
    expect((await short.heard.wait('delivery')).delivery!.count).toBe(2);
    await short.puller.stop();
  });
});

it('a broker connection that is lost gives the credit back, and the puller works on after the server is back', async () => {
  const lane = await openLane();
  lane.puller.want(4, 30_000);
  await broker.connection.flush();
  await server.kill();
  expect(await lane.heard.wait('unreachable')).toEqual({ count: 4 });
  expect(lane.puller.want(1, 1_000)).toBe(false);
  const back = createSignal();
  const stop = broker.onConnected((connected) => connected && back.emit('back'));
  await server.restart();
  await back.wait('back');
  stop();
  await lane.lease('after');
  expect(lane.puller.want(1, 5_000)).toBe(true);
  const delivery = (await lane.heard.wait('delivery')).delivery!;
  delivery.ack();
  await eventually(async () => expect(await lane.waiting()).toMatchObject({ unsettled: 0 }));
  await lane.puller.stop();
});

it('refuses a lane consumer that is set up differently, saying how to repair it', async () => {
  await ensureLaneConsumer(broker, 'drifting', 'low', { ackWaitMs: 5_000 });
  await expect(ensureLaneConsumer(broker, 'drifting', 'low')).rejects.toThrow(
    /ack_wait[\s\S]*nats consumer rm WORK drifting_low/,
  );
});
