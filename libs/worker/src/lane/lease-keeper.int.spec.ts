import type { Delivery } from '@manyhands/nats';
import { expect, it, vi } from 'vitest';
import { newJobId, workSubjects } from '@manyhands/proto';
import { createSignal } from '@manyhands/testkit';
import { ensureLaneConsumer } from '@manyhands/broker';
import { openLanePuller } from './lane-puller.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { broker, server, useProvisionedServer } from '@manyhands/testkit/provisioned-server';

const ackWaitMs = 600;

useProvisionedServer();

async function hold(kind: string) {
  await ensureLaneConsumer(broker, kind, 'high', { ackWaitMs });
  const heard = createSignal<Delivery>();
  const puller = openLanePuller(broker, kind, 'high', {
    delivery: (delivery) => heard.emit('delivery', delivery),
    over: (_, reason) => heard.emit(reason),
  });
  await broker.jetstream.publish(workSubjects.lease(kind, 'high', newJobId()), 'lease');
  puller.want(1, 5_000);
  const delivery = await heard.wait('delivery');
  await heard.wait('filled');
  return { delivery, puller, heard };
}

it('a lease that is kept is not handed out again; one that is released is', async () => {
  const { delivery, puller, heard } = await hold('kept');
  const keeper = new LeaseKeeper(delivery, { ackWaitMs });
  puller.want(1, ackWaitMs * 3);
  await heard.wait('expired');
  expect(keeper.state).toBe('held');
  keeper.release();
  puller.want(1, 5_000);
  expect((await heard.wait('delivery')).count).toBe(2);
  await puller.stop();
});

it('a worker cut off from the broker knows that its lease is unconfirmed, and has it again', async () => {
  const { delivery, puller, heard } = await hold('cut-off');
  const told = createSignal();
  const heldSinceMs = performance.now();
  const keeper = new LeaseKeeper(delivery, {
    ackWaitMs,
    unconfirmed: () => told.emit('unconfirmed'),
    lost: () => told.emit('lost'),
  });
  await server.kill();
  await told.wait('unconfirmed');
  expect(keeper.state).toBe('unconfirmed');
  expect(performance.now() - heldSinceMs).toBeLessThan(ackWaitMs * 4);
  const connected = createSignal();
  const unhear = broker.onConnected((now) => now && connected.emit('back'));
  await server.restart();
  await connected.wait('back');
  unhear();
  await vi.waitFor(() => expect(keeper.state).toBe('held'), { timeout: 10_000, interval: 20 });
  expect(told.count('lost')).toBe(0);
  keeper.release();
  puller.want(1, 5_000);
  // nats-server 2.15 writes consumer state lazily: after SIGKILL the count of deliveries may start anew, the lease itself stays.
  expect((await heard.wait('delivery')).sequence).toBe(delivery.sequence);
  await puller.stop();
});
