/**
 * The live in-memory instance of one actor, and how it comes to be.
 *
 *   absent ──opened──▶ live          the actor's first message, delivered for the first time: nothing is read
 *   absent ──rebuilt─▶ live          any other message: recall, snapshot, journal, `recovered`
 *   live ──finished, idle, released, dropped, turn failed──▶ absent
 *
 * Invariant: `state` includes exactly the messages up to `sequence` (but those whose turn kept throwing), and `revision` is the
 * snapshot that this activation wrote or loaded last. So dropping it at any moment loses nothing.
 */
import type { Decision, MailboxMessage } from './behaviour.ts';
import type { RemovedSnapshot, Snapshot } from './ports.ts';
import type { World } from './world.ts';

/** What happened since the last snapshot. */
export interface SinceSnapshot {
  turns: number;
  /** Bytes of the messages of these turns in the journal. */
  bytes: number;
  /** Time of the first of these turns, milliseconds since the epoch. */
  dirtySinceMs: number;
}

export interface Activation<State> {
  readonly actorId: string;
  state: State;
  sequence: number;
  revision: number;
  /** Whether a snapshot may be stored: by this activation, or by an earlier owner that still believes it is one. */
  maybeSaved: boolean;
  finished: boolean;
  /** It may be reopened after its end, from its snapshot. */
  keep: boolean;
  since: SinceSnapshot;
  lastTurnAtMs: number;
  /** What its turns led to is still on its way out. */
  acting: boolean;
}

/** What the world remembers of an actor that is not in memory. */
export interface ActorPast<State, Message> {
  recalled: unknown;
  snapshot: Snapshot<State> | RemovedSnapshot | undefined;
  /** The messages after the snapshot and before those at hand. */
  journal: readonly MailboxMessage<Message>[];
}

/**
 * Fetches the past of an actor, up to the sequence of what is at hand.
 *
 * The order matters: what leaves the world after the recall has left its trace in the journal, which is read last.
 */
export async function fetchPast<State, Message, Effect, Surroundings>(
  world: World<State, Message, Effect, Surroundings>,
  actorId: string,
  before: number,
): Promise<ActorPast<State, Message>> {
  const recalled = await world.recall.recall(actorId);
  const snapshot = await world.snapshots.load(actorId);
  const journal = await world.journal.read(actorId, snapshot?.sequence ?? 0, before);
  return { recalled, snapshot, journal };
}

/** Neither its snapshot nor its journal holds how this actor began, so none of its messages can be handled. */
class BeginningLost extends Error {
  override readonly name = 'BeginningLost';

  constructor() {
    super('its saved state is missing or cannot be read, and its first messages are no longer in its mailbox');
  }
}

/** Throws `BeginningLost`. What comes for an actor that never was is not meant: only what may bring one back, or one of which something unreadable is left. */
export function mustHaveBeginning<State, Message, Effect, Surroundings>(
  { behaviour }: World<State, Message, Effect, Surroundings>,
  { snapshot, journal }: ActorPast<State, Message>,
  atHand: readonly MailboxMessage<Message>[],
): void {
  if (snapshot?.state !== undefined) return;
  const told = [...journal, ...atHand].map(({ message }) => message);
  const isExpected = (snapshot !== undefined && 'unreadable' in snapshot) || told.some((message) => behaviour.reopens?.(message));
  if (isExpected && !told.some((message) => behaviour.opens(message))) throw new BeginningLost();
}

/**
 * Brings an actor into memory. The effects of replayed turns are dropped: they happened, or `recovered` finds what is missing
 * and its effects, returned here, make it good.
 */
export async function activate<State, Message, Effect, Surroundings>(
  world: World<State, Message, Effect, Surroundings>,
  actorId: string,
  past: ActorPast<State, Message> | undefined,
  surroundings: Surroundings,
  atHand: readonly MailboxMessage<Message>[],
): Promise<{ activation: Activation<State>; effects: readonly Effect[] }> {
  const { behaviour } = world;
  const nowMs = world.nowMs();
  const { state = behaviour.initial(actorId), sequence, revision } = past?.snapshot ?? { sequence: 0, revision: 0 };
  const isRemoved = past?.snapshot !== undefined && past.snapshot.state === undefined && !('unreadable' in past.snapshot);
  const activation: Activation<State> = {
    actorId,
    state,
    sequence,
    revision,
    maybeSaved: past !== undefined && !isRemoved,
    finished: false,
    keep: false,
    since: { turns: 0, bytes: 0, dirtySinceMs: nowMs },
    lastTurnAtMs: nowMs,
    acting: false,
  };
  if (past === undefined) {
    world.observed({ what: 'activated', actorId, how: 'opened', replayed: 0 });
    return { activation, effects: [] };
  }
  for (const message of past.journal) {
    replayTurn(world, activation, message, surroundings);
    const breath = world.breather.breath();
    if (breath !== undefined) await breath;
  }
  world.observed({ what: 'activated', actorId, how: 'rebuilt', replayed: past.journal.length });
  const untaken = atHand.filter(({ sequence }) => sequence > activation.sequence);
  const decision = behaviour.recovered(activation.state, past.recalled, surroundings, untaken);
  // Its snapshot was removed, so all its effects are durable: an owner that sees less of the journal was replaced meanwhile, and does nothing. The end may be stated
  // again, which changes nothing, unless what was stored of it cannot be read any more.
  const isOver = isRemoved && !past.journal.some(({ message }) => behaviour.reopens?.(message));
  activation.state = decision.state;
  activation.finished ||= isOver || decision.finished === true;
  activation.keep = !isOver && decision.keep === true;
  return { activation, effects: isOver && decision.finished !== true ? [] : decision.effects };
}

/** A turn without a message. */
export function wake<State, Message, Effect, Surroundings>(
  world: World<State, Message, Effect, Surroundings>,
  activation: Activation<State>,
  surroundings: Surroundings,
): readonly Effect[] {
  const decision = world.behaviour.woken?.(activation.state, surroundings);
  if (decision === undefined) return [];
  moveOn(world, activation, decision, 0);
  return decision.effects;
}

/** One turn: the state moves on, the effects are returned. When `decide` throws, the activation is as before. */
export function decideTurn<State, Message, Effect, Surroundings>(
  world: World<State, Message, Effect, Surroundings>,
  activation: Activation<State>,
  message: MailboxMessage<Message>,
  surroundings: Surroundings,
  isFollowed = false,
): readonly Effect[] {
  const decision = world.behaviour.decide(activation.state, message, surroundings, isFollowed);
  activation.sequence = message.sequence;
  moveOn(world, activation, decision, message.bytes ?? 0);
  return decision.effects;
}

function moveOn<State, Message, Effect, Surroundings>(
  world: World<State, Message, Effect, Surroundings>,
  activation: Activation<State>,
  { state, finished = false, keep = false }: Decision<State, Effect>,
  bytes: number,
): void {
  const nowMs = world.nowMs();
  activation.state = state;
  activation.finished = finished;
  activation.keep = keep;
  if (activation.since.turns === 0) activation.since.dirtySinceMs = nowMs;
  activation.since.turns += 1;
  activation.since.bytes += bytes;
  activation.lastTurnAtMs = nowMs;
}

/** A turn whose effects are history. A message that throws here was set aside when it came, and is passed over again. */
function replayTurn<State, Message, Effect, Surroundings>(
  world: World<State, Message, Effect, Surroundings>,
  activation: Activation<State>,
  message: MailboxMessage<Message>,
  surroundings: Surroundings,
): void {
  if (activation.finished && !world.behaviour.reopens?.(message.message)) return;
  try {
    decideTurn(world, activation, message, surroundings);
  } catch (error) {
    world.observed({ what: 'replay_skipped', message, error });
  }
}

/**
 * Whether this message starts an actor that has no past to fetch: the short way of a small job. An `opens` that throws only costs the short way: `decide` meets
 * the same message, and fails under supervision.
 */
export function opensFresh<State, Message, Effect, Surroundings>(
  world: World<State, Message, Effect, Surroundings>,
  atHand: MailboxMessage<Message>,
): boolean {
  if (atHand.redelivered) return false;
  try {
    return world.behaviour.opens(atHand.message);
  } catch {
    return false;
  }
}
