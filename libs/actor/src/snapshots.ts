/**
 * When an activation is worth a snapshot, and how it is saved.
 *
 * A snapshot only shortens the replay of a later owner, since the mailbox is the journal. So it is due when the replay would
 * be long (many turns, many bytes) or when the state has been unsaved for a while; a job that finishes before costs none.
 */
import type { Activation, SinceSnapshot } from './activation.ts';
import type { HeldPartition } from './held-partition.ts';
import type { SnapshotLimits } from './limits.ts';
import type { World } from './world.ts';

export function snapshotDue(since: SinceSnapshot, nowMs: number, limits: SnapshotLimits): boolean {
  if (since.turns === 0) return false;
  return since.turns >= limits.turnsMax || since.bytes >= limits.bytesMax || nowMs - since.dirtySinceMs >= limits.dirtyMsMax;
}

export function isSnapshotDue<State, Message, Effect, Surroundings>(
  world: World<State, Message, Effect, Surroundings>,
  { finished, keep, since }: Activation<State>,
): boolean {
  return finished ? keep && since.turns > 0 : snapshotDue(since, world.nowMs(), world.limits.snapshot);
}

/** A snapshot only shortens a replay, so one that there is no room for now holds nothing up; but the last one of an actor that may be reopened is what it is reopened from. */
export async function saveWhereItCan<State, Message, Effect, Surroundings>(
  world: World<State, Message, Effect, Surroundings>,
  partition: HeldPartition<State>,
  activation: Activation<State>,
): Promise<void> {
  try {
    await saveSnapshot(world, partition, activation);
  } catch (error) {
    if (activation.finished || !world.isPassing(error)) throw error;
    activation.maybeSaved = true;
    activation.since = { turns: 1, bytes: 0, dirtySinceMs: world.nowMs() };
  }
}

/** Saves a snapshot over the one this activation knows of. Throws `RevisionConflict` when another owner wrote since. */
export async function saveSnapshot<State, Message, Effect, Surroundings>(
  world: World<State, Message, Effect, Surroundings>,
  partition: HeldPartition<State>,
  activation: Activation<State>,
): Promise<void> {
  partition.mustBeHeld();
  const { actorId, state, sequence } = activation;
  // All that is known of it is in its journal.
  if (Object.is(state, world.behaviour.initial(actorId))) return;
  activation.revision = await world.snapshots.save(actorId, { state, sequence }, activation.revision);
  activation.maybeSaved = true;
  activation.since = { turns: 0, bytes: 0, dirtySinceMs: world.nowMs() };
  world.observed({ what: 'snapshot_saved', actorId, sequence, revision: activation.revision });
}
