/**
 * What happens to a batch of messages: the heart of the runtime, and its one order of events.
 *
 *   messages ──▶ decide ──▶ snapshot ──▶ effects ──▶ ack
 *                pure       the fence    together    the caller's, when `takeTurns` resolves
 *
 * A turn is one message to its end. The turns of a whole batch, across actors, share the three steps after `decide`, so a
 * thousand messages cost one unit of writing instead of a thousand.
 *
 * Always true:
 * - One actor's messages are decided one at a time, in journal order, each exactly once per activation.
 * - Until every snapshot that is due has been saved, nothing has left this process. Another owner's write loses the
 *   compare-and-set here, `RevisionConflict` flies, and not one effect of the batch is performed.
 * - The ack comes last. A crash anywhere before it brings the same messages again, to whoever owns the partition then; the turns
 *   are taken again and the same effects are performed again, which is harmless because each is repeatable by its id.
 *
 * Why effects are data until the last line: a decision that could act half way would need undoing when the fence is lost.
 * Acting before the snapshot would let an owner that was replaced go on acting; acking before acting would lose effects.
 */
import type { Activation } from './activation.ts';
import { takeActorTurns } from './actor-turns.ts';
import type { MailboxMessage } from './behaviour.ts';
import type { HeldPartition } from './held-partition.ts';
import { groupByActor } from './mailbox.ts';
import { inParallel } from './parallel.ts';
import { snapshotDue } from './snapshot-policy.ts';
import type { World } from './world.ts';

/**
 * Takes the turns of one batch. Resolves with the activations that took them when everything is durable and the batch may be
 * acknowledged. Throws `RevisionConflict`, `PartitionDropped` or what a port throws; then nothing may be acknowledged, and the
 * activations of the partition are ahead of the world: the caller drops them.
 */
export async function takeTurns<State, Message, Effect, Surroundings>(
  world: World<State, Message, Effect, Surroundings>,
  partition: HeldPartition<State>,
  batch: readonly MailboxMessage<Message>[],
): Promise<Activation<State>[]> {
  const parts = groupByActor(batch);

  // Decide. An actor that is in memory needs no I/O here; the others fetch their past, some at a time.
  const surroundings = world.surroundings();
  const decided = await inParallel(parts, world.limits.concurrencyMax, async (part) => {
    const effects = await takeActorTurns(world, partition, part, surroundings);
    return effects.map((effect) => ({ actorId: part.actorId, effect }));
  });
  const took = parts.map((part) => partition.activations.get(part.actorId)).filter((activation) => activation !== undefined);

  // Snapshot. Only those that are due: most turns have none, and a finished actor will never need one.
  const due = took.filter(({ finished, since }) => !finished && snapshotDue(since, world.nowMs(), world.limits.snapshot));
  await inParallel(due, world.limits.concurrencyMax, (activation) => saveSnapshot(world, partition, activation));

  // Effects. One unit of work for the whole batch.
  const effects = decided.flat();
  partition.mustBeHeld();
  if (effects.length > 0) await world.effects.perform(effects);
  return took;
}

/** Saves a snapshot over the one this activation knows of. Throws `RevisionConflict` when another owner wrote since. */
export async function saveSnapshot<State, Message, Effect, Surroundings>(
  world: World<State, Message, Effect, Surroundings>,
  partition: HeldPartition<State>,
  activation: Activation<State>,
): Promise<void> {
  partition.mustBeHeld();
  const { actorId, state, sequence } = activation;
  activation.revision = await world.snapshots.save(actorId, { state, sequence }, activation.revision);
  activation.maybeSaved = true;
  activation.since = { turns: 0, bytes: 0, dirtySinceMs: world.nowMs() };
  world.observed({ what: 'snapshot_saved', actorId, sequence, revision: activation.revision });
}
