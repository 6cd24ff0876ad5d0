/**
 * Gives an actor of which a step failed for good an end that states why, in the place of what it was: small, saved, and published.
 *
 * Invariant: the end is saved over what is stored now, so an owner that was replaced ends nothing; and it includes every message that came for the
 * actor, so none of them is taken again. Once all is stored the snapshot of an actor that is over for good is removed. Where that very loading or saving fails for good, the last try goes without: the end is published, and the later owner of the partition
 * rebuilds the actor from its journal. Without an end for it, the messages are dead letters, and no more than that.
 *
 * Reads the snapshot and the journal; writes the snapshot, performs the effects of the end. Throws what the ports throw.
 */
import type { Decision, MailboxMessage, SetAsideCause } from './behaviour.ts';
import type { HeldPartition } from './held-partition.ts';
import { RevisionConflict } from './ports.ts';
import type { World } from './world.ts';

export interface SettingAside<State> {
  actorId: string;
  cause: SetAsideCause;
  /** The first and the last message that the actor has not taken. */
  first: number;
  last: number;
  /** The last state that is known to be good, if any is. */
  state?: State | undefined;
  /** What cannot be loaded or saved for good is done without. */
  isLastTry: boolean;
}

export async function setActorAside<State, Message, Effect, Surroundings>(
  world: World<State, Message, Effect, Surroundings>,
  partition: HeldPartition<State>,
  { actorId, cause, first, last, state, isLastTry }: SettingAside<State>,
): Promise<void> {
  const ifItCan = <Result>(work: Promise<Result>): Promise<Result | undefined> => (isLastTry ? unlessLasting(world, work) : work);
  const stored = await ifItCan(world.snapshots.load(actorId));
  const known = state ?? stored?.state;
  const journal = await world.journal.read(actorId, known === undefined ? 0 : first - 1, last + 1);
  const beginning =
    known ??
    beginningOf(world, actorId, journal) ??
    (await salvaged(
      world,
      actorId,
      journal.filter(({ sequence }) => sequence >= first),
    ));
  const end = endOf(world, actorId, beginning ?? world.behaviour.initial(actorId), cause, journal);
  partition.mustBeHeld();
  if (end === undefined) {
    for (const message of journal)
      if (message.sequence >= first) await world.deadLetters.setAside(message, `${cause.step}: ${cause.reason}`);
  } else {
    const sequence = Math.max(last, stored?.sequence ?? 0);
    const revision = await ifItCan(world.snapshots.save(actorId, { state: end.state, sequence }, stored?.revision ?? 0));
    const effects = end.effects.map((effect) => ({ actorId, effect }));
    if (effects.length > 0) await world.effects.perform(effects, () => partition.mustBeHeld());
    partition.mustBeHeld();
    // As `endFinished` does for those that ended by themselves.
    if (end.finished === true && end.keep !== true && revision !== undefined)
      await world.snapshots.remove(actorId, revision).catch(() => undefined);
    partition.finished.add(actorId);
  }
  world.effects.forget(actorId);
  world.observed({ what: 'set_aside', actorId, step: cause.step, reason: cause.reason, said: end !== undefined });
}

/** Undefined when it fails in a way that is not known to pass. */
async function unlessLasting<State, Message, Effect, Surroundings, Result>(
  world: World<State, Message, Effect, Surroundings>,
  work: Promise<Result>,
): Promise<Result | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof RevisionConflict || world.isPassing(error)) throw error;
    return undefined;
  }
}

/** The end of what is known, and of each time that a message would have brought the actor back since: it would have come to nothing else. */
function endOf<State, Message, Effect, Surroundings>(
  world: World<State, Message, Effect, Surroundings>,
  actorId: string,
  known: State,
  cause: SetAsideCause,
  journal: readonly MailboxMessage<Message>[],
): Decision<State, Effect> | undefined {
  const { behaviour } = world;
  let end = behaviour.setAside?.(actorId, known, cause, world.nowMs());
  for (const message of journal) {
    if (end === undefined || !behaviour.reopens?.(message.message)) continue;
    const { state, finished } = behaviour.decide(end.state, message, world.surroundings());
    if (!finished) end = behaviour.setAside?.(actorId, state, cause, world.nowMs());
  }
  return end;
}

/** As far as the message that opens it goes, nothing can have failed yet. Undefined when it is gone. */
function beginningOf<State, Message, Effect, Surroundings>(
  world: World<State, Message, Effect, Surroundings>,
  actorId: string,
  journal: readonly MailboxMessage<Message>[],
): State | undefined {
  const opening = journal.find(({ message }) => world.behaviour.opens(message));
  if (opening === undefined) return undefined;
  try {
    return world.behaviour.decide(world.behaviour.initial(actorId), opening, world.surroundings()).state;
  } catch {
    return undefined;
  }
}

async function salvaged<State, Message, Effect, Surroundings>(
  world: World<State, Message, Effect, Surroundings>,
  actorId: string,
  untaken: readonly MailboxMessage<Message>[],
): Promise<State | undefined> {
  return world.salvage(
    actorId,
    untaken.some(({ message }) => world.behaviour.reopens?.(message) === true),
  );
}
