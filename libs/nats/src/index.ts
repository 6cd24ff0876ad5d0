/** NATS, and nothing but NATS: the only package that imports `@nats-io/*`. */
export {
  AckPolicy,
  DeliverPolicy,
  JetStreamApiError,
  ReplayPolicy,
  type AccountLimits,
  type ConsumerInfo,
  type StreamInfo,
} from '@nats-io/jetstream';
export { nanos, type Msg } from '@nats-io/transport-node';
export { API_CODES } from './api-codes.ts';
export { Broker, type Wire } from './broker.ts';
export type { Bucket, BucketEntry, BucketWatch, WatchListener, WatchOptions } from './bucket/bucket.ts';
export { nextEntry } from './bucket/next-entry.ts';
export { openBucket } from './bucket/open-bucket.ts';
export { storedKeys } from './bucket/stored-keys.ts';
export { newNkey, publicKeyOf, type Nkey } from './nkey.ts';
export { openBroker, type BrokerOptions } from './connect.ts';
export type { ServerAccess } from './dial.ts';
export { consumeEvents } from './events/consume-events.ts';
export { eventConsumerConfig, type EventConsumerOptions, type StoredEvent } from './events/event-consumer.ts';
export { storeUnless, type FencedMessage } from './fence/store-unless.ts';
export { sayOutages } from './outages.ts';
export { differencesOf, type Difference } from './provision/drift.ts';
export {
  anyHasPast,
  HANDED_OUT_NOTE,
  handedOutThrough,
  listStreams,
  makeConsumerAnew,
  startingAnew,
} from './provision/made-anew.ts';
export { provideConsumer, provideStream, type ProvideRules } from './provision/provide.ts';
export { bucketConfig, bucketStream, streamConfig } from './provision/stream-config.ts';
export type { WantedConsumer, WantedStream } from './provision/wanted.ts';
export { createOutbox, type OutboxOptions } from './publish/create-outbox.ts';
export type { MessageSchedule, Outbox, OutgoingMessage, PublishOutcome } from './publish/outbox.ts';
export type { Delivery } from './pull/delivery.ts';
export { PullRequests, type PullListener, type PullRequest } from './pull/pull-requests.ts';
export { readPullStatus } from './pull/pull-status.ts';
export { isForbidden, isPassing, refusalOf } from './refusal.ts';
export { isNewEnough } from './server-version.ts';
export {
  fillingOf,
  lastSequenceOf,
  lastStored,
  levelOf,
  nextStored,
  purgeStored,
  readPage,
  readStored,
  removeStored,
  storedAt,
  storedOnce,
  type StoredRange,
} from './stored/read-stored.ts';
export { readWanted, type WantedRange } from './stored/read-wanted.ts';
export type { StoredMessage } from './stored/stored-message.ts';
export { clockOf, storedCounts, storedSubjects, type StoredSubjects } from './stored/stored-subjects.ts';
export type { BucketSpec, StoredIn, StreamSpec } from './stream-spec.ts';
export { openTail, type Tail, type TailListener } from './tail/stream-tail.ts';
export { within } from './within.ts';
