/**
 * Lets one actor take its turns of a batch: activates it when needed, and supervises turns that throw.
 *
 * A failed turn drops the activation, and the actor starts its part of the batch again from snapshot and journal. So the effects
 * returned always come from one activation that took all of its turns, never from one that was thrown away half way.
 *
 * Reads the ports of `fetchPast`; publishes only to the dead letters. Throws what the ports throw, `BeginningLost` and `TurnsFailed`.
 */
import { activate, decideTurn, fetchPast, mustHaveBeginning, opensFresh, wake, type Activation } from './activation.ts';
import type { ActorBatch } from './batch.ts';
import type { MailboxMessage } from './behaviour.ts';
import type { HeldPartition } from './held-partition.ts';
import { superviseFailure } from './supervision.ts';
import type { World } from './world.ts';

/** An activation that took its turns, and what they lead to. */
export interface TurnsTaken<State, Effect> {
  /** Undefined when there was no turn to take. */
  activation: Activation<State> | undefined;
  effects: readonly Effect[];
}

/** A turn keeps throwing, and its actor has an end for that. */
export class TurnsFailed<State> extends Error {
  override readonly name = 'TurnsFailed';
  /** As it was before the turn. */
  readonly state: State | undefined;

  constructor(state: State | undefined, cause: unknown) {
    super(reasonOf(cause), { cause });
    this.state = state;
  }
}

interface Failed<State, Message> {
  failed: MailboxMessage<Message> | undefined;
  error: unknown;
  /** As it was before the turn that failed. */
  state: State | undefined;
}

export async function takeActorTurns<State, Message, Effect, Surroundings>(
  world: World<State, Message, Effect, Surroundings>,
  partition: HeldPartition<State>,
  part: ActorBatch<Message>,
  surroundings: Surroundings,
): Promise<TurnsTaken<State, Effect>> {
  const { actorId } = part;
  const failures = new Map<number, number>();
  let left = part.messages;
  let setAside = 0;
  for (;;) {
    partition.mustBeHeld();
    if (left.length === 0 && part.without === undefined) return { activation: undefined, effects: [] };
    const outcome = await tryTurns(world, partition, { ...part, messages: left }, surroundings);
    if ('effects' in outcome) return outcome;

    const { failed, error, state } = outcome;
    partition.activations.delete(actorId);
    world.effects.forget(actorId);
    if (failed === undefined) throw error;
    const failureCount = (failures.get(failed.sequence) ?? 0) + 1;
    failures.set(failed.sequence, failureCount);
    const directive = superviseFailure({ failures: failureCount, setAside }, world.limits.supervision);
    world.observed({ what: 'turn_failed', message: failed, directive, error });
    if (directive === 'retry') continue;

    partition.mustBeHeld();
    await world.deadLetters.setAside(failed, reasonOf(error));
    if (world.behaviour.setAside !== undefined) throw new TurnsFailed(state, error);
    const untried = directive === 'stop' ? left.filter((message) => message.sequence > failed.sequence) : [];
    for (const message of untried)
      await world.deadLetters.setAside(message, `not tried: too many actors failed before it, the last with ${reasonOf(error)}`);
    setAside += 1;
    left = left.filter((message) => message !== failed && !untried.includes(message));
  }
}

async function tryTurns<State, Message, Effect, Surroundings>(
  world: World<State, Message, Effect, Surroundings>,
  partition: HeldPartition<State>,
  { actorId, messages, without }: ActorBatch<Message>,
  surroundings: Surroundings,
): Promise<TurnsTaken<State, Effect> | Failed<State, Message>> {
  const [first] = messages;
  let activation = partition.activations.get(actorId);
  if (without === 'wake' && activation === undefined) return { activation, effects: [] };
  const isRebuilt =
    typeof without === 'object' || (activation === undefined && !(first !== undefined && opensFresh(world, first)));
  const before = typeof without === 'object' ? without.rebuildThrough + 1 : (first?.sequence ?? 0);
  const past = isRebuilt ? await fetchPast(world, actorId, before) : undefined;
  if (past !== undefined) mustHaveBeginning(world, past, messages);
  const effects: Effect[] = [];
  // The last message is taken, or fails and the turns are taken again without it, or finds an actor that has finished.
  const last = messages.at(-1)?.sequence ?? 0;
  let atHand = first;
  try {
    if (isRebuilt || activation === undefined) {
      const activated = await activate(world, actorId, past, surroundings, messages);
      activation = activated.activation;
      effects.push(...activated.effects);
    }
    if (without === 'wake') effects.push(...wake(world, activation, surroundings));
    for (atHand of messages) {
      if (activation.finished && !world.behaviour.reopens?.(atHand.message)) continue;
      if (atHand.sequence <= activation.sequence) continue;
      effects.push(...decideTurn(world, activation, atHand, surroundings, atHand.sequence < last));
      const breath = world.breather.breath();
      if (breath !== undefined) await breath;
    }
  } catch (error) {
    return { failed: atHand, error, state: activation?.state };
  }
  partition.mustBeHeld();
  partition.activations.set(actorId, activation);
  return { activation, effects };
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
