/** What the bus itself can do in the same run, with nothing of ours but its client: the ceiling of everything above it. */
import { randomUUID } from 'node:crypto';
import type { Broker } from '@manyhands/jetstream';
import { AckPolicy, DeliverPolicy, DiscardPolicy, RetentionPolicy, StorageType } from '@nats-io/jetstream';
import { BATCH_MESSAGES_MAX, publishAtomic } from '../../libs/jetstream/src/publish/atomic-batch.ts';
import { timed } from '../timing.ts';
import type { Workload } from '../workload.ts';

const MESSAGES = 20_000;
const BYTES = 200;

/** A stream of its own, gone afterwards. */
async function withStream<T>({ manager }: Broker, use: (stream: string) => Promise<T>): Promise<T> {
  const name = `BENCH_${randomUUID().slice(0, 8)}`;
  await manager.streams.add({
    name, subjects: [`${name}.>`], storage: StorageType.File, retention: RetentionPolicy.Limits, discard: DiscardPolicy.Old, allow_atomic: true,
  });
  try {
    return await use(name);
  } finally {
    await manager.streams.delete(name);
  }
}

async function fill(broker: Broker, stream: string): Promise<void> {
  const data = new Uint8Array(BYTES);
  const batch = Array.from({ length: BATCH_MESSAGES_MAX }, (_, index) => ({ subject: `${stream}.${index % 16}`, data }));
  for (let stored = 0; stored < MESSAGES; stored += batch.length) await publishAtomic(broker, batch);
}

export const rawPublish: Workload = {
  name: `raw limit: ${MESSAGES.toLocaleString('en')} messages of ${BYTES} bytes stored in atomic batches`,
  run: (system) =>
    withStream(system.broker, async (stream) => {
      const { ms } = await timed(() => fill(system.broker, stream));
      return { 'messages/s': MESSAGES / (ms / 1_000) };
    }),
};

export const rawConsume: Workload = {
  name: `raw limit: ${MESSAGES.toLocaleString('en')} messages consumed, one ack a batch`,
  run: (system) =>
    withStream(system.broker, async (stream) => {
      const { manager, jetstream } = system.broker;
      await fill(system.broker, stream);
      await manager.consumers.add(stream, { durable_name: 'all', ack_policy: AckPolicy.All, deliver_policy: DeliverPolicy.All, max_ack_pending: -1 });
      const consumer = await jetstream.consumers.get(stream, 'all');
      const { ms } = await timed(async () => {
        for (let seen = 0; seen < MESSAGES; ) {
          const batch = await consumer.fetch({ max_messages: 2_000, expires: 5_000 });
          let last;
          for await (const message of batch) {
            last = message;
            seen += 1;
          }
          await last?.ackAck();
        }
      });
      return { 'messages/s': MESSAGES / (ms / 1_000) };
    }),
};
