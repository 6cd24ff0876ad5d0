/**
 * The outbox on JetStream.
 *
 *   message ──stored──▶ settled        batch refused or cut short ──▶ its messages one by one
 *           ──wrong sequence──▶ read back from the leader ──other sequence──▶ `exists`
 *                                                         ──as expected──▶ published again (an earlier write was in flight)
 *
 * Invariant: an outcome is what the stream's leader holds. After a lost answer a message is published again and found by its
 * bytes, so it counts as `stored` by this call; one with neither id nor expected sequence may be stored twice.
 *
 * nats-server 2.15: jetstream-outbox.int.spec.ts.
 */
import { ManyhandsError, STREAMS, type StreamKey } from '@manyhands/proto';
import type { Broker } from '../broker.ts';
import { insist, PATIENCE_MS } from '../insist.ts';
import type { Outbox, OutgoingMessage, PublishOutcome } from '../outbox.ts';
import { scheduleOptions } from './schedule-options.ts';
import { isPassing, refusalOf } from '../refusal.ts';
import { lastStored } from '../stored/read-stored.ts';
import { BATCH_MESSAGES_MAX } from './atomic-batch.ts';
import type { BatchOutcome } from './batch-outcome.ts';
import { publishBatch } from './batch.ts';
import { gathering, groupsOf, type GatheredCall } from './gathered-calls.ts';
import { heedSilence } from './silent-streams.ts';
import { streamOf } from './stream-of.ts';

/** Bytes kept free for subject and headers under the server's message limit. */
const headRoomBytes = 1024;
const readBacksMax = 20;

export interface OutboxOptions {
  /** Milliseconds to wait for a server that is away before `unavailable`. */
  patienceMs?: number;
}

export function createOutbox(broker: Broker, { patienceMs = PATIENCE_MS }: OutboxOptions = {}): Outbox {
  const gather = gathering((stream, calls) => publishGathered(broker, stream, calls, patienceMs));
  return {
    async publishAll(messages) {
      refuseTooLarge(broker, messages);
      const outcomes = new Array<PublishOutcome>(messages.length);
      await Promise.all(
        indexesByStream(messages).map(async ({ stream, indexes }) => {
          // One slice after the other: in order, and within the server's limit of open batches.
          for (const slice of slicesOf(indexes, BATCH_MESSAGES_MAX)) {
            const ofSlice = slice.map((index) => messages[index]!);
            const settled = await (STREAMS[stream].batches
              ? gather(stream, ofSlice)
              : publishSingly(broker, stream, ofSlice, { maybe: 0, patienceMs }));
            for (const [at, index] of slice.entries()) outcomes[index] = settled[at]!;
          }
        }),
      );
      return outcomes;
    },
  };
}

/**
 * Calls of one turn of the event loop, taken together: a thousand small jobs at once hand out a thousand leases in calls of one or
 * two, which leave in a few batches this way. A call that is alone waits a few microseconds.
 */
async function publishGathered(
  broker: Broker,
  stream: StreamKey,
  calls: readonly GatheredCall[],
  patienceMs: number,
): Promise<void> {
  for (const group of groupsOf(calls, BATCH_MESSAGES_MAX)) {
    let together: BatchOutcome;
    try {
      together = await publishTogether(
        broker,
        stream,
        group.flatMap((call) => call.messages),
        patienceMs,
      );
    } catch (error) {
      if (isPassing(error)) {
        for (const call of group) call.reject(error);
        continue;
      }
      // An error that is not known belongs to one of them: each is published alone, and any may be stored.
      together = { stored: false, maybe: Infinity };
    }
    let before = 0;
    // Each call by itself: what is refused to one is no matter of the others.
    for (const { messages, resolve, reject } of group) {
      if (together.stored) resolve(messages.map(() => 'stored'));
      else publishSingly(broker, stream, messages, { maybe: together.maybe - before, patienceMs }).then(resolve, reject);
      before += messages.length;
    }
  }
}

function refuseTooLarge(broker: Broker, messages: readonly OutgoingMessage[]): void {
  const bytesMax = (broker.connection.info?.max_payload ?? 1024 * 1024) - headRoomBytes;
  const over = messages.find((message) => message.data.length > bytesMax);
  if (over !== undefined)
    throw new ManyhandsError(
      'too_large',
      `a message of ${over.data.length} bytes for ${over.subject}; at most ${bytesMax} can be stored`,
    );
}

function indexesByStream(messages: readonly OutgoingMessage[]): { stream: StreamKey; indexes: number[] }[] {
  const byStream = new Map<StreamKey, number[]>();
  for (const [index, message] of messages.entries()) {
    const stream = streamOf(message.subject);
    if (stream === undefined) throw new Error(`no stream keeps ${message.subject}`);
    const indexes = byStream.get(stream);
    if (indexes === undefined) byStream.set(stream, [index]);
    else indexes.push(index);
  }
  return [...byStream].map(([stream, indexes]) => ({ stream, indexes }));
}

function slicesOf<Item>(items: readonly Item[], size: number): (readonly Item[])[] {
  if (items.length <= size) return [items];
  return Array.from({ length: Math.ceil(items.length / size) }, (_, slice) => items.slice(slice * size, (slice + 1) * size));
}

/** `maybe` of the first messages may be stored by an earlier try. */
function publishSingly(
  broker: Broker,
  stream: StreamKey,
  messages: readonly OutgoingMessage[],
  { maybe, patienceMs }: { maybe: number; patienceMs: number },
): Promise<PublishOutcome[]> {
  return Promise.all(
    messages.map((message, index) => publishOne({ broker, stream, message, mayBeStored: index < maybe, patienceMs })),
  );
}

/** One message fails a batch: then each is published alone. */
async function publishTogether(
  broker: Broker,
  stream: StreamKey,
  messages: readonly OutgoingMessage[],
  patienceMs: number,
): Promise<BatchOutcome> {
  let repeated = false;
  const outcome = await insist(
    broker,
    `storing ${messages.length} messages`,
    (again) => {
      repeated = again;
      return heedSilence(broker, STREAMS[stream].name, () => publishBatch(broker, stream, messages));
    },
    patienceMs,
  );
  return repeated && !outcome.stored ? { stored: false, maybe: messages.length } : outcome;
}

interface Publishing {
  broker: Broker;
  stream: StreamKey;
  message: OutgoingMessage;
  /** An earlier try whose answer was lost may have stored it. */
  mayBeStored: boolean;
  patienceMs: number;
}

async function publishOne({
  broker,
  stream,
  message,
  mayBeStored: mayBeStoredAlready,
  patienceMs,
}: Publishing): Promise<PublishOutcome> {
  const { subject, data, messageId, expectLastSubjectSequence: expected } = message;
  let mayBeStored = mayBeStoredAlready;
  for (let readBacks = 0; ; readBacks += 1) {
    try {
      await insist(
        broker,
        `storing on ${subject}`,
        (again) => {
          mayBeStored ||= again;
          return heedSilence(broker, STREAMS[stream].name, () =>
            broker.jetstream.publish(subject, data, {
              ...(messageId !== undefined && { msgID: messageId }),
              ...(expected !== undefined && { expect: { lastSubjectSequence: expected } }),
              ...scheduleOptions(message),
            }),
          );
        },
        patienceMs,
      );
      return 'stored';
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === 'full')
        throw new ManyhandsError('unavailable', `no room to store on ${subject}: ${messageOf(error)}`, { cause: error });
      if (refusal === 'too_large')
        throw new ManyhandsError('too_large', `the message for ${subject} is too large`, { cause: error });
      if (refusal !== 'sequence') throw error;
      const last = await lastStored(broker, stream, subject);
      if (last !== undefined && last.sequence !== expected)
        return mayBeStored && Buffer.compare(last.data, data) === 0 ? 'stored' : 'exists';
      if (last === undefined && expected !== 0) return 'exists';
      if (readBacks >= readBacksMax)
        throw new ManyhandsError('unavailable', `${subject} could not be stored: whether it was is not known`, { cause: error });
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
