/** What `@manyhands/nats` does with a stream or bucket that is passed in, by the name our contract gives it. */
import * as nats from '@manyhands/nats';
import type { Broker, EventConsumerOptions, Outbox, OutboxOptions, StoredIn } from '@manyhands/nats';
import { BUCKETS, limits, STREAMS, type BucketKey, type StreamKey } from '@manyhands/proto';
import { settingFor } from './provision/account-limits.ts';

/** The connection each process opens once. */
export function openBroker(
  options: Pick<nats.BrokerOptions, 'url' | 'access' | 'name' | 'inbox' | 'connectTimeoutMs'>,
): Promise<Broker> {
  return nats.openBroker({ ...options, messageBytesMax: limits.messageBytesMax, advice: settingFor });
}

export function createOutbox(broker: Broker, options?: OutboxOptions): Outbox {
  return nats.createOutbox(broker, Object.values(STREAMS), options);
}

/** Opens a bucket that `provision` created. */
export function openBucket(broker: Broker, key: BucketKey): Promise<nats.Bucket> {
  return Promise.resolve(nats.openBucket(broker, BUCKETS[key]));
}

export const nextEntry = (broker: Broker, key: BucketKey, afterRevision: number) =>
  nats.nextEntry(broker, BUCKETS[key].name, afterRevision);
export const storedKeys = (broker: Broker, key: BucketKey) => nats.storedKeys(broker, BUCKETS[key].name);

export const readStored = inStream(nats.readStored);
export const readPage = inStream(nats.readPage);
export const readWanted = inStream(nats.readWanted);
export const lastStored = inStream(nats.lastStored);
export const storedAt = inStream(nats.storedAt);
export const storedOnce = inStream(nats.storedOnce);
export const removeStored = inStream(nats.removeStored);
export const purgeStored = inStream(nats.purgeStored);
export const fillingOf = inStream(nats.fillingOf);
export const levelOf = inStream(nats.levelOf);
export const lastSequenceOf = inStream(nats.lastSequenceOf);
export const storedCounts = inStream(nats.storedCounts);
export const storedSubjects = inStream(nats.storedSubjects);
export const clockOf = inStream(nats.clockOf);
export const storeUnless = inStream(nats.storeUnless);

/** `stream`: EVENTS unless the caller sets another. */
export function consumeEvents(
  broker: Broker,
  { stream = 'events', ...options }: Omit<EventConsumerOptions, 'stream'> & { stream?: StreamKey },
) {
  return nats.consumeEvents(broker, { ...options, stream: STREAMS[stream].name });
}

/** Reads a stream from some sequence to its end, and follows it. */
export function openTail(
  broker: Broker,
  key: StreamKey,
  range: { filter: string; fromSequence?: number },
  listener: nats.TailListener,
): Promise<nats.Tail> {
  return nats.openTail(broker, { stream: STREAMS[key].name, ...range }, listener);
}

function inStream<Args extends unknown[], Result>(work: (broker: Broker, stream: StoredIn, ...args: Args) => Result) {
  return (broker: Broker, key: StreamKey, ...args: Args): Result => work(broker, STREAMS[key], ...args);
}
