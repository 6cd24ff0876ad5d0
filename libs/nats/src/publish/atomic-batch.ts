/**
 * Stores up to 1000 messages of one stream all together or not at all, with one fsync.
 *
 * Not `startBatch` of nats.js 3.4: it waits for an answer to the first message, which costs a round trip, and its commit swallows the
 * server's error. Here everything leaves at once and only the commit is answered.
 */
import type { ApiError } from '@nats-io/jetstream';
import { nuid, type NatsConnection } from '@nats-io/transport-node';
import { refusedBatch, type BatchOutcome } from './batch-outcome.ts';
import { headersOf } from './message-headers.ts';
import type { OutgoingMessage } from './outbox.ts';

/** The server's limit. */
export const BATCH_MESSAGES_MAX = 1000;
const answerWithinMs = 5_000;

/** Resolves when all are durable or none is stored. Throws `JetStreamApiError` when the server cannot store now; any other error leaves open whether all are. */
export async function publishAtomic(connection: NatsConnection, messages: readonly OutgoingMessage[]): Promise<BatchOutcome> {
  const batchId = nuid.next();
  const last = messages.length - 1;
  for (const [index, message] of messages.entries()) {
    const head = headersOf(message);
    head.set('Nats-Batch-Id', batchId);
    head.set('Nats-Batch-Sequence', String(index + 1));
    if (index < last) {
      connection.publish(message.subject, message.data, { headers: head });
      continue;
    }
    head.set('Nats-Batch-Commit', '1');
    const reply = await connection.request(message.subject, message.data, { headers: head, timeout: answerWithinMs });
    const { error, count } = reply.json<{ error?: ApiError; count?: number }>();
    if (error !== undefined) return refusedBatch(error, 0);
    if (count !== messages.length) throw new Error(`a batch of ${messages.length} was stored as ${count}`);
  }
  return { stored: true };
}
