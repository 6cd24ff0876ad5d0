/**
 * The outbox on JetStream.
 *
 *   message ──stored / duplicate──▶ settled        batch refused as a whole ──▶ its messages one by one
 *           ──wrong sequence──▶ read back from the leader ──other sequence──▶ `exists`
 *                                                         ──as expected──▶ published again (an earlier write was in flight)
 *
 * Always true: an outcome is what the stream's leader holds. After a lost answer a message is published again, so one with
 * neither id nor expected sequence may be stored twice.
 *
 * nats-server 2.15: jetstream-outbox.int.spec.ts.
 */
import { ManyhandsError, STREAMS } from '@manyhands/proto';
import { JetStreamApiError } from '@nats-io/jetstream';
import type { Broker } from '../broker.ts';
import { insist } from '../insist.ts';
import type { Outbox, OutgoingMessage, PublishOutcome } from '../outbox.ts';
import { refusalOf } from '../refusal.ts';
import { lastStored } from '../stored/read-stored.ts';
import { BATCH_MESSAGES_MAX, publishBatch } from './atomic-batch.ts';
import { streamOf } from './stream-of.ts';

/** Messages of one stream from which a batch is faster than as many pipelined publishes. */
export const BATCH_MESSAGES_MIN = 64;
/** Bytes kept free for subject and headers under the server's message limit. */
const headRoomBytes = 1024;
const readBacksMax = 20;

export function createOutbox(broker: Broker): Outbox {
  return { publishAll: (messages) => publishAll(broker, messages) };
}

async function publishAll(broker: Broker, messages: readonly OutgoingMessage[]): Promise<PublishOutcome[]> {
  refuseTooLarge(broker, messages);
  const outcomes = new Array<PublishOutcome>(messages.length);
  await Promise.all(
    groupsOf(messages).map(async ({ together, indexes }) => {
      const group = indexes.map((index) => messages[index]!);
      const settled = together && (await publishedTogether(broker, group)) ? group.map(() => 'stored' as const) : await publishSingly(broker, group);
      for (const [at, index] of indexes.entries()) outcomes[index] = settled[at]!;
    }),
  );
  return outcomes;
}

function refuseTooLarge(broker: Broker, messages: readonly OutgoingMessage[]): void {
  const bytesMax = (broker.connection.info?.max_payload ?? 1024 * 1024) - headRoomBytes;
  const over = messages.find((message) => message.data.length > bytesMax);
  if (over !== undefined) throw new ManyhandsError('too_large', `a message of ${over.data.length} bytes for ${over.subject}; at most ${bytesMax} can be stored`);
}

/** Groups of one stream each; a group goes together when it is worth a batch and its stream takes batches. */
function groupsOf(messages: readonly OutgoingMessage[]): { together: boolean; indexes: number[] }[] {
  const byStream = new Map<string | undefined, number[]>();
  for (const [index, message] of messages.entries()) {
    const key = streamOf(message.subject);
    const indexes = byStream.get(key);
    if (indexes === undefined) byStream.set(key, [index]);
    else indexes.push(index);
  }
  return [...byStream.values()].flatMap((indexes) => {
    const key = streamOf(messages[indexes[0]!]!.subject);
    const together = key !== undefined && STREAMS[key].atomicBatches && indexes.length >= BATCH_MESSAGES_MIN;
    return slicesOf(indexes, BATCH_MESSAGES_MAX).map((slice) => ({ together, indexes: slice }));
  });
}

function slicesOf<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, slice) => items.slice(slice * size, (slice + 1) * size));
}

/** False when the server refused the batch as a whole and stored nothing of it: one message spoils all, so each must say for itself. */
async function publishedTogether(broker: Broker, messages: readonly OutgoingMessage[]): Promise<boolean> {
  try {
    await insist(broker, `storing ${messages.length} messages`, () => publishBatch(broker, messages));
    return true;
  } catch (error) {
    if (error instanceof JetStreamApiError) return false;
    throw error;
  }
}

async function publishSingly(broker: Broker, messages: readonly OutgoingMessage[]): Promise<PublishOutcome[]> {
  return Promise.all(messages.map((message) => publishOne(broker, message)));
}

async function publishOne(broker: Broker, message: OutgoingMessage): Promise<PublishOutcome> {
  const { subject, data, messageId, expectLastSubjectSequence: expected } = message;
  for (let readBacks = 0; ; readBacks += 1) {
    try {
      const ack = await insist(broker, `storing on ${subject}`, () =>
        broker.jetstream.publish(subject, data, {
          ...(messageId !== undefined && { msgID: messageId }),
          ...(expected !== undefined && { expect: { lastSubjectSequence: expected } }),
        }),
      );
      return ack.duplicate ? 'duplicate' : 'stored';
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === 'full') throw new ManyhandsError('unavailable', `no room to store on ${subject}: ${messageOf(error)}`, { cause: error });
      if (refusal === 'too_large') throw new ManyhandsError('too_large', `the message for ${subject} is too large`, { cause: error });
      const stream = streamOf(subject);
      if (refusal !== 'sequence' || stream === undefined) throw error;
      const last = await lastStored(broker, stream, subject);
      if ((last?.sequence ?? 0) !== expected) return 'exists';
      if (readBacks >= readBacksMax) throw new ManyhandsError('unavailable', `${subject} could not be stored: its sequence stays undecided`, { cause: error });
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
