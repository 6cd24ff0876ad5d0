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
 * nats-server 2.15: libs/broker, outbox.int.spec.ts.
 */
import { ManyhandsError } from '@manyhands/proto/errors';
import type { Broker } from '../broker.ts';
import { PATIENCE_MS } from '../lifeline.ts';
import { isPassing, refusalOf } from '../refusal.ts';
import { lastOf } from '../stored/read-stored.ts';
import { BATCH_MESSAGES_MAX } from './atomic-batch.ts';
import type { BatchOutcome } from './batch-outcome.ts';
import { gathering, groupsOf, type GatheredCall } from './gathered-calls.ts';
import { headersOf } from './message-headers.ts';
import type { Outbox, OutgoingMessage, PublishOutcome } from './outbox.ts';
import { streamOf, type StoringStream } from './stream-of.ts';

/** Bytes kept free for subject and headers under the server's message limit. */
const headRoomBytes = 1024;
const readBacksMax = 20;

export interface OutboxOptions {
  /** Milliseconds to wait for a server that is away before `unavailable`. */
  patienceMs?: number;
}

/** `streams`: all that may be published to. */
export function createOutbox(
  broker: Broker,
  streams: readonly StoringStream[],
  { patienceMs = PATIENCE_MS }: OutboxOptions = {},
): Outbox {
  const of = streamOf(streams);
  const gather = gathering<StoringStream>((stream, calls) => publishGathered(broker, stream, calls, patienceMs));
  return {
    async publishAll(messages) {
      refuseTooLarge(broker, messages);
      const outcomes = new Array<PublishOutcome>(messages.length);
      await Promise.all(
        indexesByStream(of, messages).map(async ({ stream, indexes }) => {
          // One slice after the other: in order, and within the server's limit of open batches.
          for (const slice of slicesOf(indexes, BATCH_MESSAGES_MAX)) {
            const ofSlice = slice.map((index) => messages[index]!);
            const settled = await (stream.batches
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
 * Calls of one turn of the event loop, taken together: a thousand calls of one or two messages
 * each leave in a few batches this way. A call that is alone waits a few microseconds.
 */
async function publishGathered(
  broker: Broker,
  stream: StoringStream,
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
      // Any other refusal is because of one of them: each finds out for itself, and any may be stored.
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

function indexesByStream(
  streamOf: (subject: string) => StoringStream | undefined,
  messages: readonly OutgoingMessage[],
): { stream: StoringStream; indexes: number[] }[] {
  const byStream = new Map<StoringStream, number[]>();
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
  stream: StoringStream,
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
  stream: StoringStream,
  messages: readonly OutgoingMessage[],
  patienceMs: number,
): Promise<BatchOutcome> {
  let repeated = false;
  const outcome = await broker.insist(
    `storing ${messages.length} messages`,
    (again) => {
      repeated = again;
      return broker.silence.watch(stream.name, () => broker.batches.publish(stream.name, messages));
    },
    patienceMs,
  );
  return repeated && !outcome.stored ? { stored: false, maybe: messages.length } : outcome;
}

interface Publishing {
  broker: Broker;
  stream: StoringStream;
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
  const { subject, data, expectLastSubjectSequence: expected } = message;
  let mayBeStored = mayBeStoredAlready;
  for (let readBacks = 0; ; readBacks += 1) {
    try {
      await broker.insist(
        `storing on ${subject}`,
        (again) => {
          mayBeStored ||= again;
          return broker.silence.watch(stream.name, () => broker.store(subject, data, headersOf(message)));
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
      const last = await lastOf(broker, stream.name, subject);
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
