/**
 * Snapshots of job states in bucket job_state: step fold.
 *
 * A snapshot shortens a replay, so a state that is too large for one message (its partials are large) goes without: the mailbox still holds
 * everything, and the revision stays what it was, so the fence holds too.
 *
 * But a job that outlives its mailbox needs one. So if there is none yet, its beginning is saved instead: a rebuilt job then starts from what was
 * submitted, replays what the mailbox still holds, and computes again what it does not.
 */
import type { SnapshotStore } from '@manyhands/actor';
import { isManyhandsError } from '@manyhands/proto';

/** `beginningOf`: the state as it was before anything happened; undefined when there is none. */
export function withoutOversized<State>(store: SnapshotStore<State>, beginningOf: (state: State) => State | undefined): SnapshotStore<State> {
  return {
    load: (jobId) => store.load(jobId),
    remove: (jobId) => store.remove(jobId),
    async save(jobId, snapshot, expectedRevision) {
      try {
        return await store.save(jobId, snapshot, expectedRevision);
      } catch (error) {
        if (!isManyhandsError(error, 'too_large')) throw error;
        // A revision may be that of a removal: the job was requeued.
        const hasNone = expectedRevision === 0 || (await store.load(jobId))?.state === undefined;
        const beginning = hasNone ? beginningOf(snapshot.state) : undefined;
        return beginning === undefined ? expectedRevision : store.save(jobId, { state: beginning, sequence: 0 }, expectedRevision);
      }
    },
  };
}
