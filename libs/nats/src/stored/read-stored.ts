/**
 * Reads messages from where they are stored.
 *
 * Invariant: the answer is complete up to the moment of asking, because the leader has the last word. A few messages are read
 * from the leader one by one; more come through a passing consumer, which may sit on a replica that lags behind, so the tail is read from
 * the leader again. A work queue takes no passing consumers, so it is read one by one; it holds few messages under one filter.
 */
import type { MsgRequest, StoredMsg } from '@nats-io/jetstream';
import type { MsgHdrs } from '@nats-io/transport-node';
import type { Broker } from '../broker.ts';
import type { StoredMessage } from './stored-message.ts';
import type { StoredIn } from '../stream-spec.ts';
import { passThrough } from '../tail/pass-through.ts';

export interface StoredRange {
  /** Only messages after this sequence. */
  afterSequence?: number;
  /** Only messages before this sequence. */
  beforeSequence?: number;
}

export interface StoredWithHeaders extends StoredMessage {
  headers: MsgHdrs;
}

/** Messages read one by one before a consumer is worth its creation: about 0.2 ms each against about 2 ms. */
const singlyMax = 16;
/** Of a page: a user waits for it, so few round trips count. */
const pageSinglyMax = 3;

/** Messages whose subject matches `filter`, in order. */
export async function readStored(
  broker: Broker,
  { name: stream, retention }: StoredIn,
  filter: string,
  range: StoredRange = {},
): Promise<StoredMessage[]> {
  let messages: StoredMessage[] = [];
  let after = range.afterSequence ?? 0;
  const before = range.beforeSequence ?? Number.MAX_SAFE_INTEGER;

  for (let singly = 0; ; singly += 1) {
    if (singly === singlyMax && retention !== 'workqueue') {
      const passed = await passThrough(broker, { stream, filter, fromSequence: after + 1, beforeSequence: before });
      messages = messages.concat(passed);
      after = passed.at(-1)?.sequence ?? after;
    }
    const next = after + 1 < before ? await nextStored(broker, stream, filter, after + 1) : undefined;
    if (next === undefined || next.sequence >= before) return messages;
    messages.push(next);
    after = next.sequence;
  }
}

/**
 * The first messages after a sequence whose subject matches `filter`, at most `count`. Read one by one, a page of 200 took 200 round trips: 20 s where the leader is 50 ms away.
 */
export async function readPage(
  broker: Broker,
  { name: stream }: StoredIn,
  filter: string,
  { afterSequence, count }: { afterSequence: number; count: number },
): Promise<StoredMessage[]> {
  let messages: StoredMessage[] = [];
  for (let after = afterSequence, singly = 0; messages.length < count; singly += 1) {
    if (singly === pageSinglyMax) {
      messages = messages.concat(
        await passThrough(broker, { stream, filter, fromSequence: after + 1, countMax: count - messages.length }),
      );
      after = messages.at(-1)!.sequence;
      if (messages.length >= count) break;
    }
    const next = await nextStored(broker, stream, filter, after + 1);
    if (next === undefined) break;
    messages.push(next);
    after = next.sequence;
  }
  return messages;
}

/** The newest message under a subject (or a filter), asked of the leader. */
export async function lastStored(
  broker: Broker,
  { name: stream }: StoredIn,
  subject: string,
): Promise<StoredMessage | undefined> {
  return lastOf(broker, stream, subject);
}

/**
 * The one message under a subject that is written once, of a stream that answers directly: asked of the nearest replica, and of the leader when it is not there
 * yet. Undefined when the leader has none either.
 */
export async function storedOnce(broker: Broker, { name: stream }: StoredIn, subject: string): Promise<Uint8Array | undefined> {
  const near = await broker.insist(`reading ${subject}`, () =>
    broker.manager.direct.getMessage(stream, { last_by_subj: subject }),
  );
  return near?.data ?? (await lastOf(broker, stream, subject))?.data;
}

/** The message at a sequence, asked of the leader; undefined when there is none any more. */
export async function storedAt(broker: Broker, { name: stream }: StoredIn, sequence: number): Promise<StoredMessage | undefined> {
  return storedMessage(
    await broker.insist(`reading ${sequence}`, () => broker.manager.streams.getMessage(stream, { seq: sequence })),
  );
}

/** Removes the message at a sequence, if it is still there. */
export async function removeStored(broker: Broker, stream: StoredIn, sequence: number): Promise<void> {
  try {
    await broker.insist(`removing ${sequence}`, () => broker.manager.streams.deleteMessage(stream.name, sequence, false));
  } catch (error) {
    if ((await storedAt(broker, stream, sequence)) !== undefined) throw error;
  }
}

/** Removes the messages whose subject matches `filter`, with `through` only those up to this sequence, and states how many. */
export async function purgeStored(broker: Broker, { name: stream }: StoredIn, filter: string, through?: number): Promise<number> {
  const { purged } = await broker.insist(`purging ${filter}`, () =>
    broker.manager.streams.purge(stream, { filter, ...(through !== undefined && { seq: through + 1 }) }),
  );
  return purged;
}

/** How full a stream is, and its limit (-1: none). */
export async function fillingOf(broker: Broker, { name: stream }: StoredIn): Promise<{ bytes: number; maxBytes: number }> {
  const { state, config } = await broker.insist(`reading how full ${stream} is`, () => broker.manager.streams.info(stream));
  return { bytes: state.bytes, maxBytes: config.max_bytes };
}

/** How full a stream is, as a part of its limit. */
export async function levelOf(broker: Broker, stream: StoredIn): Promise<number> {
  const { bytes, maxBytes } = await fillingOf(broker, stream);
  return bytes / maxBytes;
}

/** Sequence of the newest message ever stored. */
export async function lastSequenceOf(broker: Broker, { name: stream }: StoredIn): Promise<number> {
  const { state } = await broker.insist(`reading the end of ${stream}`, () => broker.manager.streams.info(stream));
  return state.last_seq;
}

/** The first message at or after a sequence that matches, asked of the leader of any stream. */
export async function nextStored(
  broker: Broker,
  stream: string,
  filter: string,
  fromSequence: number,
): Promise<StoredWithHeaders | undefined> {
  // nats.js 3.4 sends the query as it is, but its type names only the two other forms.
  const query = { seq: fromSequence, next_by_subj: filter } as MsgRequest;
  return storedMessage(await broker.insist(`reading ${filter}`, () => broker.manager.streams.getMessage(stream, query)));
}

/** The newest message under a subject of any stream, asked of its leader. */
export async function lastOf(broker: Broker, stream: string, subject: string): Promise<StoredWithHeaders | undefined> {
  return storedMessage(
    await broker.insist(`reading ${subject}`, () => broker.manager.streams.getMessage(stream, { last_by_subj: subject })),
  );
}

function storedMessage(message: StoredMsg | null): StoredWithHeaders | undefined {
  if (message === null) return undefined;
  const { subject, seq: sequence, time, data, header: headers } = message;
  return {
    subject,
    sequence,
    storedAtMs: time.getTime(),
    data,
    headers,
    ...(headers.get('Nats-Schedule') !== '' && { isHeld: true }),
  };
}
