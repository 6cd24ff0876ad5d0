import { MemoryMailbox } from '../memory/memory-mailbox.ts';
import { MemoryCluster } from '../memory/memory-membership.ts';
import { MemorySnapshotStore } from '../memory/memory-snapshot-store.ts';
import type { Note, Notebook, RuntimeAdapters } from './adapters.ts';
import { describeJournal, describeMembership, describeRuntime, describeSnapshotStore } from './index.ts';

async function openMemory(): Promise<RuntimeAdapters> {
  const journal = new MemoryMailbox<Note>();
  return {
    snapshots: new MemorySnapshotStore<Notebook>(),
    journal,
    append: async (actorId, note) => journal.append(actorId, note),
    close: async () => {},
  };
}

describeSnapshotStore('memory', openMemory);
describeJournal('memory', openMemory);
describeRuntime('memory', openMemory);
describeMembership('memory', async () => {
  const cluster = new MemoryCluster();
  return {
    join: async (member) => cluster.join(member),
    leave: async (member) => cluster.leave(member),
    close: async () => {},
  };
});
