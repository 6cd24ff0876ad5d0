/** Partitions of the mailbox and who owns them; the actor ports over NATS. */
export { openMailbox, type Mailbox, type MailboxOptions } from './mailbox.ts';
export {
  openPartitionConsumer,
  type MailboxBatch,
  type PartitionConsumer,
  type PartitionConsumerOptions,
  type PartitionRelease,
} from './partition-consumer.ts';
export {
  openPartitionOwnership,
  retryAfterMs,
  type PartitionOwnership,
  type PartitionOwnershipOptions,
} from './partition-ownership.ts';
export { createMembership, type BucketMembership, type MembershipOptions } from './membership.ts';
export { createSnapshotStore, type StateCodec } from './snapshot-store.ts';
export { createJournal } from './journal.ts';
export { createDeadLetters, setAsideUndecodable, type MailboxDeadLetter } from './dead-letters.ts';
export { decodeJobMessage, type JobMessage, type MailboxDecoder } from './mailbox-message.ts';
export { loadPartitionStanding } from './partition-pin.ts';
