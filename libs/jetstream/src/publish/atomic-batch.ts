/**
 * Stores up to 1000 messages of one stream all together or not at all, with one fsync.
 *
 * Not `startBatch` of nats.js 3.4: it waits for an answer to the first message, which costs a round trip, and its commit swallows the
 * server's error. Here everything leaves at once and only the commit is answered.
 */
import { JetStreamApiError, type ApiError } from '@nats-io/jetstream';
import { headers, nuid, type MsgHdrs } from '@nats-io/transport-node';
import type { Broker } from '../broker.ts';
import type { OutgoingMessage } from '../outbox.ts';

/** The server's limit. */
export const BATCH_MESSAGES_MAX = 1000;
const answerWithinMs = 5_000;

/** Throws `JetStreamApiError` when the server stored nothing; any other error leaves open whether it stored all. */
export async function publishBatch(broker: Broker, messages: readonly OutgoingMessage[]): Promise<void> {
  const batchId = nuid.next();
  const last = messages.length - 1;
  for (const [index, message] of messages.entries()) {
    const head = headersOf(message);
    head.set('Nats-Batch-Id', batchId);
    head.set('Nats-Batch-Sequence', String(index + 1));
    if (index < last) {
      broker.connection.publish(message.subject, message.data, { headers: head });
      continue;
    }
    head.set('Nats-Batch-Commit', '1');
    const reply = await broker.connection.request(message.subject, message.data, { headers: head, timeout: answerWithinMs });
    const answer = reply.json<{ error?: ApiError; count?: number }>();
    if (answer.error !== undefined) throw new JetStreamApiError(answer.error);
    if (answer.count !== messages.length) throw new Error(`a batch of ${messages.length} was stored as ${answer.count}`);
  }
}

function headersOf(message: OutgoingMessage): MsgHdrs {
  const head = headers();
  if (message.messageId !== undefined) head.set('Nats-Msg-Id', message.messageId);
  if (message.expectLastSubjectSequence !== undefined)
    head.set('Nats-Expected-Last-Subject-Sequence', String(message.expectLastSubjectSequence));
  return head;
}
