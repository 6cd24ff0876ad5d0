/**
 * Snapshots of actors in bucket job_state, as readable JSON: `{v, type, sequence, state}`.
 *
 * Always true: a snapshot is only ever written over the revision its writer last saw, be it that of a removal. This compare-and-set is the fence
 * between two owners of one partition; pins and acks are not. So an owner that was replaced, and wakes up, saves nothing of a job that has ended.
 */
import { RevisionConflict, type SnapshotStore } from '@manyhands/actor';
import { encode, isManyhandsError, keys } from '@manyhands/proto';
import type { Bucket } from '../bucket.ts';

/** How a state is written as JSON. States that are plain JSON need none. */
export interface StateCodec<State> {
  toJson(state: State): unknown;
  fromJson(json: unknown): State;
}

interface StoredSnapshot {
  v: 1;
  type: 'JobState';
  /** The last journal sequence the state includes. */
  sequence: number;
  state: unknown;
}

/** `bucket` is the opened bucket `jobState`. `load` throws `SyntaxError` on what this never wrote. */
export function createSnapshotStore<State>(bucket: Bucket, codec: StateCodec<State> = plainJson()): SnapshotStore<State> {
  return {
    async load(actorId) {
      const entry = await bucket.last(keys.jobState(actorId));
      if (entry === undefined) return undefined;
      if (entry.value === undefined) return { sequence: 0, revision: entry.revision };
      const { sequence, state } = JSON.parse(new TextDecoder().decode(entry.value)) as StoredSnapshot;
      return { state: codec.fromJson(state), sequence, revision: entry.revision };
    },
    async save(actorId, { state, sequence }, expectedRevision) {
      const snapshot: StoredSnapshot = { v: 1, type: 'JobState', sequence, state: codec.toJson(state) };
      try {
        return await bucket.update(keys.jobState(actorId), encode(snapshot), expectedRevision, { strictly: true });
      } catch (error) {
        if (isManyhandsError(error, 'revision_conflict')) throw new RevisionConflict(actorId, { cause: error });
        throw error;
      }
    },
    remove: (actorId) => bucket.remove(keys.jobState(actorId)),
  };
}

function plainJson<State>(): StateCodec<State> {
  return { toJson: (state) => state, fromJson: (json) => json as State };
}
