/** What the bus itself can do in the same run, with nothing of ours but its client: the ceiling of everything above it. */
import { randomUUID } from 'node:crypto';
import type { Broker, OutgoingMessage } from '@manyhands/nats';
import { AckPolicy, DeliverPolicy, DiscardPolicy, RetentionPolicy, StorageType } from '@nats-io/jetstream';
import { BATCH_MESSAGES_MAX, publishAtomic } from '../../libs/nats/src/publish/atomic-batch.ts';
import { timed } from '../timing.ts';
import type { Workload } from '../workload.ts';

const MESSAGES = 20_000;
const BYTES = 200;

/** A stream of its own, gone afterwards. */
async function withStream<T>({ manager }: Broker, use: (stream: string) => Promise<T>): Promise<T> {
  const name = `BENCH_${randomUUID().slice(0, 8)}`;
  await manager.streams.add({
    name,
    subjects: [`${name}.>`],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    allow_atomic: true,
    allow_batched: true,
  });
  try {
    return await use(name);
  } finally {
    await manager.streams.delete(name);
  }
}

async function fill(
  broker: Broker,
  stream: string,
  { way = atomic, size = BATCH_MESSAGES_MAX, messages = MESSAGES }: Filling = {},
): Promise<void> {
  const data = new Uint8Array(BYTES);
  const batch = Array.from({ length: size }, (_, index) => ({ subject: `${stream}.${index % 16}`, data }));
  for (let stored = 0; stored < messages; stored += size) await way(broker, batch);
}

type Way = (broker: Broker, messages: readonly OutgoingMessage[]) => Promise<unknown>;

interface Filling {
  way?: Way;
  size?: number;
  messages?: number;
}

const atomic: Way = ({ connection }, messages) => publishAtomic(connection, messages);
const ingest: Way = ({ batches }, messages) => batches.ingest(messages);
const pipelined: Way = (broker, messages) => Promise.all(messages.map(({ subject, data }) => broker.store(subject, data)));
const ways: readonly (readonly [string, Way])[] = [
  ['by fast ingest', ingest],
  ['as an atomic batch', atomic],
  ['pipelined', pipelined],
];

/** What decides how the outbox stores several messages: see docs/decisions/0012. */
export const rawBatches: readonly Workload[] = [8, 64].flatMap((size) =>
  ways.map(([name, way]) => ({
    name: `raw limit: ${size} messages of ${BYTES} bytes stored together, ${name}`,
    run: (system) =>
      withStream(system.broker, async (stream) => {
        const messages = 20 * size;
        await fill(system.broker, stream, { way, size, messages });
        const { ms } = await timed(() => fill(system.broker, stream, { way, size, messages }));
        return { 'messages/s': messages / (ms / 1_000) };
      }),
  })),
);

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
      await manager.consumers.add(stream, {
        durable_name: 'all',
        ack_policy: AckPolicy.All,
        deliver_policy: DeliverPolicy.All,
        max_ack_pending: -1,
      });
      const consumer = await jetstream.consumers.get(stream, 'all');
      const { ms } = await timed(async () => {
        for (let seen = 0; seen < MESSAGES;) {
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
