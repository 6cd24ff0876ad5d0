/**
 * Snapshots of actors in bucket job_state, as readable JSON: `{v, type, sequence, state}`.
 *
 * Invariant: what cannot be read is reported as such with its revision, and stops no job: the journal is the truth. A snapshot is only ever written over the revision its writer last saw, be it that of a removal. This compare-and-set is the fence
 * between two owners of one partition; pins and acks are not. So an owner that was replaced, and wakes up, saves nothing of a job that has ended.
 */
import { RevisionConflict, type SnapshotStore } from '@manyhands/actor';
import { encode, isManyhandsError, keys, ManyhandsError } from '@manyhands/proto';
import { type Bucket, isPassing } from '@manyhands/nats';

/** How a state is written as JSON. States that are plain JSON need none. */
export interface StateCodec<State> {
  toJson(state: State): unknown;
  /** Throws on what no state of this release looks like. */
  fromJson(json: unknown): State | Promise<State>;
}

/** Snapshots of another release are not guessed at. */
const VERSION = 2;

interface StoredSnapshot {
  v: typeof VERSION;
  type: 'JobState';
  /** The last journal sequence the state includes. */
  sequence: number;
  state: unknown;
}

/** `bucket` is the opened bucket `jobState`. `unreadable`: called for a snapshot that this cannot read. */
export function createSnapshotStore<State>(
  bucket: Bucket,
  codec: StateCodec<State> = plainJson(),
  unreadable: (actorId: string, error: unknown) => void = () => {},
): SnapshotStore<State> {
  return {
    async load(actorId) {
      const entry = await bucket.last(keys.jobState(actorId));
      if (entry === undefined) return undefined;
      if (entry.value === undefined) return { sequence: 0, revision: entry.revision };
      const { revision } = entry;
      try {
        const { sequence, state } = readSnapshot(entry.value);
        return { state: await codec.fromJson(state), sequence, revision };
      } catch (error) {
        if (isPassing(error)) throw error;
        unreadable(actorId, error);
        return { sequence: 0, revision, unreadable: true };
      }
    },
    async save(actorId, { state, sequence }, expectedRevision) {
      const snapshot: StoredSnapshot = { v: VERSION, type: 'JobState', sequence, state: codec.toJson(state) };
      try {
        return await bucket.update(keys.jobState(actorId), encode(snapshot), expectedRevision, { strictly: true });
      } catch (error) {
        if (isManyhandsError(error, 'revision_conflict')) throw new RevisionConflict(actorId, { cause: error });
        throw error;
      }
    },
    async remove(actorId, expectedRevision) {
      try {
        await bucket.remove(keys.jobState(actorId), expectedRevision);
      } catch (error) {
        if (!isManyhandsError(error, 'revision_conflict')) throw error;
      }
    },
  };
}

function readSnapshot(value: Uint8Array): StoredSnapshot {
  const snapshot = JSON.parse(new TextDecoder().decode(value)) as Partial<StoredSnapshot> | null;
  if (
    snapshot?.v !== VERSION ||
    snapshot.type !== 'JobState' ||
    !Number.isSafeInteger(snapshot.sequence) ||
    snapshot.state === undefined
  ) {
    throw new ManyhandsError('undecodable', 'no snapshot of this release');
  }
  return snapshot as StoredSnapshot;
}

function plainJson<State>(): StateCodec<State> {
  return { toJson: (state) => state, fromJson: (json) => json as State };
}
