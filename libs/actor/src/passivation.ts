/**
 * How actors leave memory: those that are over, those idle for too long, and beyond the limit those idle the longest.
 *
 * Passivating is always safe: snapshot and journal rebuild the activation when its next message comes.
 */
import type { Activation } from './activation.ts';
import { inParallel } from './batch.ts';
import type { HeldPartition } from './held-partition.ts';
import type { PassivationLimits } from './limits.ts';
import type { World } from './world.ts';

/** Those to passivate, idle the longest first. */
export function passivationsDue<Candidate extends { lastTurnAtMs: number }>(
  candidates: readonly Candidate[],
  nowMs: number,
  limits: PassivationLimits,
): Candidate[] {
  const idleLongestFirst = [...candidates].sort((a, b) => a.lastTurnAtMs - b.lastTurnAtMs);
  const surplus = candidates.length - limits.activationsMax;
  return idleLongestFirst.filter((candidate, index) => index < surplus || nowMs - candidate.lastTurnAtMs > limits.idleMsMax);
}

/** Takes actors that are over out of memory, and out of the snapshots unless they may be reopened. What is left over of a snapshot that could not be removed states nothing wrong, and goes with its bucket's time: so this throws `PartitionDropped` alone. */
export async function endFinished<State, Message, Effect, Surroundings>(
  world: World<State, Message, Effect, Surroundings>,
  held: HeldPartition<State>,
  took: readonly Activation<State>[],
): Promise<void> {
  const finished = took.filter((activation) => activation.finished);
  const removable = finished.filter(({ maybeSaved, keep }) => maybeSaved && !keep);
  await inParallel(removable, world.limits.concurrencyMax, async ({ actorId, revision }) => {
    held.mustBeHeld();
    await world.snapshots.remove(actorId, revision).catch(() => undefined);
  });
  for (const { actorId, sequence, keep, state } of finished) {
    held.finished.add(actorId);
    passivate(world, held, actorId, 'finished');
    world.observed({ what: 'ended', actorId, through: sequence, kept: keep, state });
  }
}

export function passivate<State, Message, Effect, Surroundings>(
  world: World<State, Message, Effect, Surroundings>,
  held: HeldPartition<State>,
  actorId: string,
  why: 'finished' | 'idle' | 'released' | 'dropped' | 'parked',
): void {
  if (held.activations.delete(actorId)) world.observed({ what: 'passivated', actorId, why });
  world.effects.forget(actorId);
}
