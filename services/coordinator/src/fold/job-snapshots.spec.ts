import { MemorySnapshotStore, RevisionConflict } from '@manyhands/actor';
import { ManyhandsError } from '@manyhands/proto';
import { expect, it } from 'vitest';
import { withoutOversized } from './job-snapshots.ts';

it('a state too large for a message goes without a snapshot, and the fence stays', async () => {
  const store = new MemorySnapshotStore<string>();
  const snapshots = withoutOversized<string>({
    load: (jobId) => store.load(jobId),
    remove: (jobId) => store.remove(jobId),
    save: async (jobId, snapshot, revision) => {
      if (snapshot.state.length > 10) throw new ManyhandsError('too_large', 'too large');
      return store.save(jobId, snapshot, revision);
    },
  });
  const revision = await snapshots.save('job', { state: 'small', sequence: 1 }, 0);
  expect(await snapshots.save('job', { state: 'far too large', sequence: 2 }, revision)).toBe(revision);
  expect(await snapshots.load('job')).toEqual({ state: 'small', sequence: 1, revision });
  await expect(snapshots.save('job', { state: 'small', sequence: 3 }, 0)).rejects.toThrow(RevisionConflict);
  await snapshots.remove('job');
  expect(store.size).toBe(0);
});
