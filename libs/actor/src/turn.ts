/**
 * What happens to a batch of messages: the heart of the runtime, and its one order of events.
 *
 *   messages ──▶ decide ──▶ snapshot ──▶ effects ──▶ ack
 *                pure       the fence    together    the caller's, when the batch is settled
 *
 * A turn is one message to its end. The turns of a whole batch, across actors, share the three steps after `decide`, so a
 * thousand messages cost one unit of writing instead of a thousand.
 *
 * Invariant:
 * - One actor's messages are decided one at a time, in journal order, each exactly once per activation.
 * - Of an actor nothing leaves this process before its snapshot, where one is due, has been saved. Another owner's write loses the compare-and-set, and
 *   not one effect of that actor is performed.
 * - An actor of which a step fails drops out of the batch there, with its activation, and no other does. Effects that fail together are
 *   performed again by actor, which is harmless because each is repeatable by its id, and shows which actor fails.
 * - The ack comes last. A crash anywhere before it brings the same messages again, to the owner of the partition then; the turns
 *   are taken again and the same effects are performed again.
 *
 * Why effects are data until the last line: a decision that could act half way would need undoing when the fence is lost.
 * Acting before the snapshot would let an owner that was replaced go on acting; acking before acting would lose effects.
 */
import type { Activation } from './activation.ts';
import { takeActorTurns, TurnsFailed } from './actor-turns.ts';
import { inParallel, splitAt, type ActorBatch } from './batch.ts';
import type { Step } from './behaviour.ts';
import { PartitionDropped, type HeldPartition } from './held-partition.ts';
import { passivate } from './passivation.ts';
import { isSnapshotDue, saveWhereItCan } from './snapshots.ts';
import type { World } from './world.ts';

/** A step of this actor failed; nothing of it is in memory any more. */
export interface FailedStep<State> {
  actorId: string;
  step: Step;
  error: unknown;
  /** The last state that is known to be good, if any is. */
  state?: State | undefined;
}

export interface TakenTurns<State> {
  /** Everything that came of their turns is durable. */
  took: readonly Activation<State>[];
  failed: readonly FailedStep<State>[];
}

/** An actor on its way through the steps. */
interface Going<State, Effect> {
  actorId: string;
  activation: Activation<State> | undefined;
  effects: readonly { actorId: string; effect: Effect }[];
}

/**
 * Takes the turns of one batch. Throws `PartitionDropped` alone; then nothing may be acknowledged, and nothing is in memory.
 *
 * What may reopen an actor is taken up once all before it is durable: a snapshot that holds both would hide from the next owner what the end led to.
 */
export async function takeTurns<State, Message, Effect, Surroundings>(
  world: World<State, Message, Effect, Surroundings>,
  partition: HeldPartition<State>,
  parts: readonly ActorBatch<Message>[],
): Promise<TakenTurns<State>> {
  const { now, later } = splitAt(parts, (message) => world.behaviour.reopens?.(message) === true);
  const first = await takeTogether(world, partition, now);
  if (later.length === 0) return first;
  const fallen = new Set(first.failed.map(({ actorId }) => actorId));
  const going = later.filter(({ actorId }) => !fallen.has(actorId));
  const then = await takeTurns(world, partition, going);
  const goesOn = new Set(going.map(({ actorId }) => actorId));
  return {
    took: [...first.took.filter(({ actorId }) => !goesOn.has(actorId)), ...then.took],
    failed: [...first.failed, ...then.failed],
  };
}

async function takeTogether<State, Message, Effect, Surroundings>(
  world: World<State, Message, Effect, Surroundings>,
  partition: HeldPartition<State>,
  parts: readonly ActorBatch<Message>[],
): Promise<TakenTurns<State>> {
  const { concurrencyMax } = world.limits;
  const failed: FailedStep<State>[] = [];

  /** Runs one step for each actor that has not failed, and returns those that still have not. */
  async function each<Item extends { actorId: string; activation?: Activation<State> | undefined }, Result>(
    step: Step,
    items: readonly Item[],
    work: (item: Item) => Promise<Result>,
  ): Promise<Result[]> {
    const results = await inParallel(items, concurrencyMax, async (item) => {
      try {
        return { done: await work(item) };
      } catch (error) {
        if (error instanceof PartitionDropped) throw error;
        // It may be ahead of the world: it is rebuilt from snapshot and journal.
        passivate(world, partition, item.actorId, 'parked');
        failed.push(failedStep(item, step, error));
        return undefined;
      }
    });
    return results.flatMap((result) => (result === undefined ? [] : [result.done]));
  }

  function withoutFallen<Item extends { actorId: string }>(items: readonly Item[]): readonly Item[] {
    if (failed.length === 0) return items;
    const fallen = new Set(failed.map(({ actorId }) => actorId));
    return items.filter(({ actorId }) => !fallen.has(actorId));
  }

  // Decide. An actor that is in memory needs no I/O here; the others fetch their past, some at a time.
  const surroundings = world.surroundings();
  let going: readonly Going<State, Effect>[] = await each('load', parts, async (part): Promise<Going<State, Effect>> => {
    const { activation, effects } = await takeActorTurns(world, partition, part, surroundings);
    if (activation !== undefined) activation.acting = effects.length > 0;
    return { actorId: part.actorId, activation, effects: effects.map((effect) => ({ actorId: part.actorId, effect })) };
  });

  // Snapshot. Only those that are due: most turns have none, and an actor that is over for good will never need one.
  const due = going.filter(({ activation }) => activation !== undefined && isSnapshotDue(world, activation));
  if (due.length > 0) {
    await each('save', due, ({ activation }) => saveWhereItCan(world, partition, activation!));
    going = withoutFallen(going);
  }

  // Effects. One unit of work for the whole batch.
  const mustBeHeld = (): void => partition.mustBeHeld();
  const acting = going.filter(({ effects }) => effects.length > 0);
  mustBeHeld();
  try {
    if (acting.length > 0)
      await world.effects.perform(
        acting.flatMap(({ effects }) => effects),
        mustBeHeld,
      );
  } catch (together) {
    mustBeHeld();
    await each('perform', acting, async ({ effects }) => {
      // Alone in it, there is nothing more to find out.
      if (acting.length === 1) throw together;
      await world.effects.perform(effects, mustBeHeld);
    });
  }
  const took = withoutFallen(going).flatMap(({ activation }) => activation ?? []);
  for (const activation of took) activation.acting = false;
  return { took, failed };
}

function failedStep<State>(
  { actorId, activation }: { actorId: string; activation?: Activation<State> | undefined },
  step: Step,
  error: unknown,
): FailedStep<State> {
  if (error instanceof TurnsFailed)
    return { actorId, step: 'decide', error: error.cause, state: error.state as State | undefined };
  return { actorId, step, error, state: activation?.state };
}
