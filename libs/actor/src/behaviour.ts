/**
 * What an actor is: state and behaviour under one id, one message at a time.
 *
 * Everything here is pure. Time, the number of live slots and the like come in as the `Surroundings` argument; what should
 * happen outside goes out as effects, which are data until the runtime hands them to the effect port.
 */

/** One stored message in a mailbox. */
export interface MailboxMessage<Message> {
  /** The actor it is for. */
  actorId: string;
  /** Position in the journal; strictly rising over the whole mailbox stream. */
  sequence: number;
  /** When the broker stored it, milliseconds since the epoch. */
  storedAtMs: number;
  /** True when the broker has handed it over before, to this owner or another: its effects may have happened already. */
  redelivered: boolean;
  /** Bytes it takes in the journal; absent: unknown. */
  bytes?: number;
  message: Message;
}

/** What a turn leads to. */
export interface Decision<State, Effect> {
  state: State;
  effects: readonly Effect[];
  /** True when the actor will not change again, unless a message reopens it: it is passivated and its snapshot removed. */
  finished?: boolean;
  /** With `finished`: it may be reopened, so its last snapshot is saved and kept. */
  keep?: boolean;
}

/** Why an actor is set aside: this step of it failed, and trying again did not help. */
export interface SetAsideCause {
  step: Step;
  /** What was thrown, as a sentence. */
  reason: string;
}

/** What is done for each actor of a batch, in this order. */
export type Step = 'load' | 'decide' | 'save' | 'perform';

export interface Behaviour<State, Message, Effect, Surroundings> {
  /** The state of an actor without any message. */
  initial(actorId: string): State;
  /**
   * One turn. Must be deterministic in its arguments. `isFollowed`: another message of this actor is at hand and is decided next, so what needs to be done
   * only once for both may be left to it.
   */
  decide(
    state: State,
    message: MailboxMessage<Message>,
    surroundings: Surroundings,
    isFollowed?: boolean,
  ): Decision<State, Effect>;
  /**
   * Called once after an activation was rebuilt from snapshot and journal (not for an actor that starts fresh), with what
   * the `Recall` port found in the world and the messages at hand, which it will be handed next. Its effects are performed like those of a turn: they make good what a crash may have
   * kept from happening. The state may be the initial one (nothing was stored before the message at hand) or a finished one;
   * `finished` here ends the actor, and its messages are passed over.
   */
  recovered(
    state: State,
    recalled: unknown,
    surroundings: Surroundings,
    atHand: readonly MailboxMessage<Message>[],
  ): Decision<State, Effect>;
  /**
   * True when this message can only be the first of its actor. Delivered for the first time, it starts the activation without
   * reading anything: the short way of a small job.
   */
  opens(message: Message): boolean;
  /** True when this message may bring a finished actor back; every other message to a finished one is passed over. Taken again, it must change nothing. */
  reopens?(message: Message): boolean;
  /**
   * What becomes of an actor of which a step failed for good: nearly always an end that states why. `state` is the last one that is known; the initial one
   * when none is. `undefined`, or without this method: nothing becomes of it, and only the messages at hand are set aside.
   */
  setAside?(actorId: string, state: State, cause: SetAsideCause, nowMs: number): Decision<State, Effect> | undefined;
  /** A turn without a message: the surroundings have changed. For actors in memory only. `undefined`: that is nothing to this one. */
  woken?(state: State, surroundings: Surroundings): Decision<State, Effect> | undefined;
}
