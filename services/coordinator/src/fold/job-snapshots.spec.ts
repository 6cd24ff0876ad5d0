import { MemorySnapshotStore, RevisionConflict, type SnapshotStore } from '@manyhands/actor';
import { ManyhandsError } from '@manyhands/proto';
import { expect, it } from 'vitest';
import { withoutOversized } from './job-snapshots.ts';

/** Takes states of at most ten characters. */
function smallStore(): { store: MemorySnapshotStore<string>; snapshots: SnapshotStore<string> } {
  const store = new MemorySnapshotStore<string>();
  const small: SnapshotStore<string> = {
    load: (jobId) => store.load(jobId),
    remove: (jobId) => store.remove(jobId),
    save: async (jobId, snapshot, revision) => {
      if (snapshot.state.length > 10) throw new ManyhandsError('too_large', 'too large');
      return store.save(jobId, snapshot, revision);
    },
  };
  return { store, snapshots: withoutOversized(small, (state) => (state.startsWith('x') ? undefined : state.slice(0, 3))) };
}

it('a state too large for a message goes without a snapshot, and the fence stays', async () => {
  const { store, snapshots } = smallStore();
  const revision = await snapshots.save('job', { state: 'small', sequence: 1 }, 0);
  expect(await snapshots.save('job', { state: 'far too large', sequence: 2 }, revision)).toBe(revision);
  expect(await snapshots.load('job')).toEqual({ state: 'small', sequence: 1, revision });
  await expect(snapshots.save('job', { state: 'small', sequence: 3 }, 0)).rejects.toThrow(RevisionConflict);
  await snapshots.remove('job');
  expect(store.size).toBe(0);
});

it('a job that was never small enough is kept as it began, to be replayed from the first message there is', async () => {
  const { snapshots } = smallStore();
  const revision = await snapshots.save('job', { state: 'far too large', sequence: 9 }, 0);
  expect(await snapshots.load('job')).toEqual({ state: 'far', sequence: 0, revision });
  expect(await snapshots.save('job', { state: 'still too large', sequence: 12 }, revision)).toBe(revision);
  await expect(snapshots.save('job', { state: 'far too large', sequence: 9 }, 0)).rejects.toThrow(RevisionConflict);
  expect(await snapshots.save('other', { state: 'x is no job yet', sequence: 1 }, 0)).toBe(0);
});

it('a job that was requeued, too large from then on, is kept as it began as well', async () => {
  const { snapshots } = smallStore();
  await snapshots.remove('job');
  const { revision: removed } = (await snapshots.load('job'))!;
  const revision = await snapshots.save('job', { state: 'far too large', sequence: 9 }, removed);
  expect(await snapshots.load('job')).toEqual({ state: 'far', sequence: 0, revision });
  expect(revision).toBeGreaterThan(removed);
});
