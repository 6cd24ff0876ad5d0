/** NATS, and nothing but NATS: the only package that imports `@nats-io/*`. */
export { AckPolicy, DeliverPolicy, JetStreamApiError, type ConsumerInfo, type StreamInfo } from '@nats-io/jetstream';
export { createInbox, nanos, type Msg, type NatsConnection, type Subscription } from '@nats-io/transport-node';
export { API_CODES } from './api-codes.ts';
export type { Broker, BrokerOptions } from './broker.ts';
export { openBroker } from './connect.ts';
export { insist } from './insist.ts';
export { sayOutages } from './outages.ts';
export { troubled, untroubled } from './troubles.ts';
export { Room } from './room/room.ts';
export { storeUnless, type FencedMessage } from './fence/store-unless.ts';
export { OLDEST_SERVER, isNewEnough } from './server-version.ts';
export { provision, provisionConsumer, type ProvisionOptions } from './provision/provision.ts';
export { differencesOf, type Difference } from './provision/drift.ts';
export {
  anyHasPast,
  HANDED_OUT_NOTE,
  handedOutThrough,
  listStreams,
  makeConsumerAnew,
  startingAnew,
} from './provision/made-anew.ts';
export { PIN_TIMEOUT_MS, wantedPartitions, type WantedConsumer } from './provision/partition-config.ts';
export { bucketStream, wantedStreams, type Chosen, type WantedStream } from './provision/stream-config.ts';
export {
  ACK_WAIT_NOTE,
  ensureLaneConsumer,
  LANE_ACK_WAIT_MS,
  LANE_DELIVERIES_MAX,
  laneConsumerConfig,
  type LaneConsumerOptions,
} from './provision/lane-consumer.ts';
export type { Outbox, OutgoingMessage, PublishOutcome, MessageSchedule } from './outbox.ts';
export { createOutbox, type OutboxOptions } from './publish/jetstream-outbox.ts';
export { parseAckSubject, type AckSubject } from './pull/ack-subject.ts';
export { readPullStatus } from './pull/pull-status.ts';
export { isPassing, refusalOf } from './refusal.ts';
export { silentStreams } from './publish/silent-streams.ts';
export type { Bucket, BucketEntry, BucketWatch, WatchListener, WatchOptions } from './bucket.ts';
export { openBucket } from './bucket/jetstream-bucket.ts';
export { nextEntry } from './bucket/next-entry.ts';
export { storedKeys } from './bucket/stored-keys.ts';
export type { StoredMessage } from './stored.ts';
export { clockOf, storedCounts, storedSubjects, type StoredSubjects } from './stored/stored-subjects.ts';
export {
  readStored,
  readPage,
  lastStored,
  nextStored,
  storedAt,
  purgeStored,
  lastSequenceOf,
  levelOf,
  removeStored,
  type StoredRange,
} from './stored/read-stored.ts';
export { deliveredMessage } from './tail/delivered-message.ts';
export { consumeEvents, type EventConsumerOptions, type StoredEvent } from './events/consume-events.ts';
export { eventConsumerConfig } from './events/event-consumer.ts';
export { EVENT_STEPS, type EventStep } from './events/event-steps.ts';
