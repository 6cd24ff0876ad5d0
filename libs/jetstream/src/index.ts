/** NATS, and nothing but NATS: the only package that imports `@nats-io/*`. */
export type { Broker, BrokerOptions } from './broker.ts';
export { openBroker } from './connect.ts';
export { sayOutages } from './outages.ts';
export { troubled, untroubled } from './troubles.ts';
export { Room } from './room/room.ts';
export { storeUnless, type FencedMessage } from './fence/store-unless.ts';
export { OLDEST_SERVER, isNewEnough } from './server-version.ts';
export { provision, provisionConsumer, type ProvisionOptions } from './provision/provision.ts';
export { Care, type CareOptions, type Trouble } from './provision/care.ts';
export { wantedConsumers } from './provision/wanted-consumers.ts';
export { PIN_TIMEOUT_MS } from './provision/partition-config.ts';
export {
  ensureLaneConsumer,
  openLanePuller,
  LeaseKeeper,
  LANE_ACK_WAIT_MS,
  LANE_DELIVERIES_MAX,
  type LaneConsumerOptions,
  type LanePuller,
  type LanePullerEvents,
  readGivenUp,
  type CreditReturn,
  type Delivery,
  type LeaseKeeperOptions,
  type LeaseKeeperState,
} from './work/index.ts';
export type { Outbox, OutgoingMessage, PublishOutcome, MessageSchedule } from './outbox.ts';
export { createOutbox, type OutboxOptions } from './publish/jetstream-outbox.ts';
export { PatientOutbox, type LetterOutbox, type PatientOutboxOptions } from './publish/patient-outbox.ts';
export { isPassing } from './refusal.ts';
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
  storedAt,
  purgeStored,
  lastSequenceOf,
  levelOf,
  removeStored,
  type StoredRange,
} from './stored/read-stored.ts';
export { consumeEvents, type EventConsumerOptions, type StoredEvent } from './events/consume-events.ts';
export { reportQueues, type QueueReport, type LaneDepth } from './report/report-queues.ts';
export {
  openMailbox,
  openPartitionConsumer,
  loadPartitionStanding,
  openPartitionOwnership,
  createMembership,
  createSnapshotStore,
  createJournal,
  createDeadLetters,
  setAsideUndecodable,
  decodeJobMessage,
  type Mailbox,
  type MailboxOptions,
  type MailboxBatch,
  type PartitionConsumer,
  type PartitionConsumerOptions,
  type PartitionRelease,
  type PartitionOwnership,
  type PartitionOwnershipOptions,
  type BucketMembership,
  type MembershipOptions,
  type StateCodec,
  type MailboxDeadLetter,
  type JobMessage,
  type MailboxDecoder,
} from './mailbox/index.ts';
