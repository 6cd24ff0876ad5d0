/**
 * Lets one actor take its turns of a batch: activates it when needed, and supervises turns that throw.
 *
 * A failed turn drops the activation, and the actor starts its part of the batch again from snapshot and journal. So the effects
 * returned always come from one activation that took all of its turns, never from one that was thrown away half way.
 *
 * Reads the ports of `fetchPast`; publishes only to the dead letters. Throws what the ports throw.
 */
import { activate, decideTurn, fetchPast } from './activation.ts';
import type { MailboxMessage } from './behaviour.ts';
import type { HeldPartition } from './held-partition.ts';
import type { ActorBatch } from './mailbox.ts';
import { superviseFailure } from './supervision.ts';
import type { World } from './world.ts';

/** Either the effects of all turns, or the turn that threw. */
type Outcome<Message, Effect> = { effects: readonly Effect[] } | { failed: MailboxMessage<Message>; error: unknown };

export async function takeActorTurns<State, Message, Effect, Surroundings>(
  world: World<State, Message, Effect, Surroundings>,
  partition: HeldPartition<State>,
  { actorId, messages }: ActorBatch<Message>,
  surroundings: Surroundings,
): Promise<readonly Effect[]> {
  const failures = new Map<number, number>();
  let left = messages;
  let setAside = 0;
  for (;;) {
    partition.mustBeHeld();
    const [first] = left;
    if (first === undefined) return [];
    const outcome = await tryTurns(world, partition, first, left, surroundings);
    if ('effects' in outcome) return outcome.effects;

    const { failed, error } = outcome;
    partition.activations.delete(actorId);
    world.effects.forget(actorId);
    const failureCount = (failures.get(failed.sequence) ?? 0) + 1;
    failures.set(failed.sequence, failureCount);
    const directive = superviseFailure({ failures: failureCount, setAside }, world.limits.supervision);
    world.observed({ what: 'turn_failed', message: failed, directive, error });
    if (directive === 'retry') continue;

    const untried = directive === 'stop' ? left.filter((message) => message.sequence > failed.sequence) : [];
    partition.mustBeHeld();
    await world.deadLetters.setAside(failed, reasonOf(error));
    for (const message of untried)
      await world.deadLetters.setAside(message, `not tried: too many failed before it, last ${reasonOf(error)}`);
    setAside += 1;
    left = left.filter((message) => message !== failed && !untried.includes(message));
  }
}

async function tryTurns<State, Message, Effect, Surroundings>(
  world: World<State, Message, Effect, Surroundings>,
  partition: HeldPartition<State>,
  first: MailboxMessage<Message>,
  messages: readonly MailboxMessage<Message>[],
  surroundings: Surroundings,
): Promise<Outcome<Message, Effect>> {
  const { actorId } = first;
  let activation = partition.activations.get(actorId);
  const past = activation === undefined ? await fetchPast(world, first) : undefined;
  const effects: Effect[] = [];
  let atHand = first;
  try {
    if (activation === undefined) {
      const activated = activate(world, actorId, past, surroundings, messages);
      activation = activated.activation;
      effects.push(...activated.effects);
    }
    for (atHand of messages) {
      if (activation.finished && !world.behaviour.reopens?.(atHand.message)) continue;
      if (atHand.sequence <= activation.sequence) continue;
      effects.push(...decideTurn(world, activation, atHand, surroundings));
    }
  } catch (error) {
    return { failed: atHand, error };
  }
  partition.activations.set(actorId, activation);
  return { effects };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
