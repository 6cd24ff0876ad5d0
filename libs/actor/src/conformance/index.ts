/** Suites that register vitest tests for any implementation of the ports; run on memory here and on NATS in the coordinator. */
export type { JournalAdapter, MembershipAdapter, Note, Notebook, RuntimeAdapters, SnapshotAdapter } from './adapters.ts';
export { describeJournal } from './journal.ts';
export { describeMembership } from './membership.ts';
export { describeRuntime } from './runtime.ts';
export { describeSnapshotStore } from './snapshot-store.ts';
