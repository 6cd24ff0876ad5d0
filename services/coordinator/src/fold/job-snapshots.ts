/**
 * Snapshots of job states in bucket job_state: step fold.
 *
 * A snapshot only shortens a replay, so a state that is too large for one message (its partials are large) goes without: the mailbox still
 * holds everything, and the revision stays what it was, so the fence holds too.
 */
import type { SnapshotStore } from '@manyhands/actor';
import { isManyhandsError } from '@manyhands/proto';

export function withoutOversized<State>(store: SnapshotStore<State>): SnapshotStore<State> {
  return {
    load: (jobId) => store.load(jobId),
    remove: (jobId) => store.remove(jobId),
    async save(jobId, snapshot, expectedRevision) {
      try {
        return await store.save(jobId, snapshot, expectedRevision);
      } catch (error) {
        if (isManyhandsError(error, 'too_large')) return expectedRevision;
        throw error;
      }
    },
  };
}
