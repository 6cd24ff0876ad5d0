import {
  consumers,
  deadSubjects,
  LANES,
  mailboxSubjects,
  newJobId,
  OWNER_GROUP,
  partitionOf,
  STREAMS,
  workSubjects,
} from '@manyhands/proto';
import { eventually, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBroker, provision, createOutbox, ensureLaneConsumer } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import { reportQueues } from './report-queues.ts';

let server: NatsServer;
let broker: Broker;

beforeAll(async () => {
  server = await startNatsServer({ syncAlways: false });
  broker = await openBroker({ url: server.url, name: 'test' });
  await provision(broker);
});
afterAll(async () => {
  await broker?.close();
  await server?.stop();
});

it('an idle system has nothing waiting anywhere', async () => {
  expect(await reportQueues(broker)).toEqual({ lanes: [], mailboxWaiting: 0, partitionsUnowned: 0, deadLetters: 0 });
});

it('counts leases by kind and lane, mailbox messages and dead letters', async () => {
  for (const lane of LANES) await ensureLaneConsumer(broker, 'sum', lane);
  await ensureLaneConsumer(broker, 'primes', 'low');
  const data = Buffer.from('{}');
  await createOutbox(broker).publishAll([
    { subject: workSubjects.lease('sum', 'high', newJobId()), data },
    { subject: workSubjects.lease('sum', 'high', newJobId()), data },
    { subject: workSubjects.lease('primes', 'low', newJobId()), data },
    { subject: mailboxSubjects.submit(newJobId()), data },
    { subject: mailboxSubjects.submit(newJobId()), data },
    { subject: deadSubjects.mailbox(newJobId()), data },
  ]);
  const pulled = await (await broker.jetstream.consumers.get('WORK', 'sum_high')).next();
  expect(pulled).not.toBeNull();
  expect(await reportQueues(broker)).toEqual({
    lanes: [
      { kind: 'primes', lane: 'low', waiting: 1, in_flight: 0, redelivered: 0 },
      { kind: 'sum', lane: 'high', waiting: 1, in_flight: 1, redelivered: 0 },
      { kind: 'sum', lane: 'normal', waiting: 0, in_flight: 0, redelivered: 0 },
      { kind: 'sum', lane: 'low', waiting: 0, in_flight: 0, redelivered: 0 },
    ],
    mailboxWaiting: 2,
    partitionsUnowned: expect.any(Number) as number,
    deadLetters: 1,
  });
});

it('a partition in which messages wait has no owner until a client has its pin', async () => {
  await broker.manager.streams.purge(STREAMS.mailbox.name);
  const job = newJobId();
  await createOutbox(broker).publishAll([{ subject: mailboxSubjects.submit(job), data: Buffer.from('{}') }]);
  const isReported = (partitionsUnowned: number) =>
    eventually(async () => expect(await reportQueues(broker)).toMatchObject({ mailboxWaiting: 1, partitionsUnowned }));
  await isReported(1);
  const consumer = await broker.jetstream.consumers.get(STREAMS.mailbox.name, consumers.partition(partitionOf(job)));
  // Asks as a coordinator does; the server gives the pin with the message.
  expect(await consumer.next({ group: OWNER_GROUP, expires: 5_000 } as object)).not.toBeNull();
  await isReported(0);
});
