/** The actor runtime: mailbox batches in, decided turns and their effects out. Knows no jobs, no NATS, no Nest. */
export type { Behaviour, Decision, MailboxMessage, SetAsideCause, Step } from './behaviour.ts';
export { PartitionDropped } from './held-partition.ts';
export { defaultLimits, type RuntimeLimits } from './limits.ts';
export { MemoryDeadLetters } from './memory/memory-dead-letters.ts';
export { MemoryEffects } from './memory/memory-effects.ts';
export { MemoryMailbox } from './memory/memory-mailbox.ts';
export { MemoryCluster } from './memory/memory-membership.ts';
export { MemoryRecall } from './memory/memory-recall.ts';
export { MemorySnapshotStore } from './memory/memory-snapshot-store.ts';
export type { ParkedReport } from './parked-actors.ts';
export { ownerOf, partitionsOf } from './partition.ts';
export {
  RevisionConflict,
  type DeadLetterPort,
  type EffectPort,
  type Journal,
  type Membership,
  type Recall,
  type RemovedSnapshot,
  type Salvage,
  type Snapshot,
  type SnapshotStore,
} from './ports.ts';
export { ActorRuntime, type ActorRuntimeOptions } from './runtime.ts';
export type { ActorEvent } from './world.ts';
