/**
 * What the runtime needs from the world. Each port has a memory adapter here and a NATS adapter in the coordinator; one
 * conformance suite (`conformance/`) runs on both.
 */
import type { MailboxMessage } from './behaviour.ts';

export interface Snapshot<State> {
  state: State;
  /** The last journal sequence the state includes. */
  sequence: number;
  /** Revision of the stored snapshot; the fence. 0 when none is stored yet. */
  revision: number;
}

/** What is left of a removed snapshot: the next one is written over its revision. */
export interface RemovedSnapshot {
  state?: undefined;
  sequence: 0;
  revision: number;
  /** It was not removed: it cannot be read here, as after another release or by a damage. Its actor is rebuilt from the journal alone. */
  unreadable?: true;
}

export interface SnapshotStore<State> {
  load(actorId: string): Promise<Snapshot<State> | RemovedSnapshot | undefined>;
  /**
   * Compare-and-set: stores state and sequence if the stored revision still is `expectedRevision` (0: nothing was stored, nor removed).
   * Returns the new revision. Throws `RevisionConflict` when another process wrote.
   */
  save(actorId: string, snapshot: { state: State; sequence: number }, expectedRevision: number): Promise<number>;
  /**
   * Removes the snapshot of a finished actor, if the stored revision still is `expectedRevision`; what another process wrote meanwhile stays. Removing nothing is no
   * error, and keeps others from saving what they think is the first.
   */
  remove(actorId: string, expectedRevision: number): Promise<void>;
}

/** The mailbox as a journal: every stored message of one actor, in order. */
export interface Journal<Message> {
  /** Messages with `after < sequence < before`. */
  read(actorId: string, after: number, before: number): Promise<readonly MailboxMessage<Message>[]>;
}

/** Reads from the world what the journal does not hold (for jobs: the leases still waiting in WORK). */
export interface Recall {
  /** Called before the journal is read, so that whatever leaves the world meanwhile is found in the journal. */
  recall(actorId: string): Promise<unknown>;
}

/**
 * What else is known of an actor of which neither snapshot nor journal hold how it began, put together to a state that it can be set aside from; undefined when nothing is.
 * `reopened`: a message at hand was to bring it back.
 */
export type Salvage<State> = (actorId: string, reopened: boolean) => Promise<State | undefined>;

/** Where effects go. */
export interface EffectPort<Effect> {
  /**
   * Performs the effects of a whole mailbox batch, across actors, as one unit of work. Resolves when all of them are
   * durable; may be called again with the same effects after a crash, so each must be repeatable by id.
   * Throws `RevisionConflict` when another owner is at work. When it throws anything, any of the effects may have been performed; the runtime then performs those of each actor by
   * themselves, to find out whose fault it is.
   *
   * `mustBeHeld` throws once the partition is not held any more: called before each step that could undo what another owner did since.
   */
  perform(effects: readonly { actorId: string; effect: Effect }[], mustBeHeld: () => void): Promise<void>;
  /** Forgets what it remembers about an actor (revisions, timers), because its activation was dropped. */
  forget(actorId: string): void;
}

/** A message set aside because its turn kept failing. */
export interface DeadLetterPort<Message> {
  setAside(message: MailboxMessage<Message>, reason: string): Promise<void>;
}

/** Another process owns this actor now: drop the activation, acknowledge nothing. */
export class RevisionConflict extends Error {
  override readonly name = 'RevisionConflict';
  readonly actorId: string;

  constructor(actorId: string, options?: { cause?: unknown }) {
    super(`another owner wrote the state of ${actorId}`, options);
    this.actorId = actorId;
  }
}

/** Live members and who owns what among them. */
export interface Membership {
  /** This member's id. */
  readonly self: string;
  /** Calls back with the live members' ids at once and after every change. Returns how to stop. */
  watch(changed: (members: readonly string[]) => void): Promise<() => Promise<void>>;
}
