/** Takes actors that are over out of memory, and out of the snapshots unless they may be reopened. */
import type { Activation } from './activation.ts';
import type { HeldPartition } from './held-partition.ts';
import { inParallel } from './parallel.ts';
import type { World } from './world.ts';

/** What is left over of a snapshot that could not be removed says nothing wrong, and goes with its bucket's time: so this throws `PartitionDropped` alone. */
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
