/** What every turn runs in: the behaviour, the ports, the clock and the limits. One per runtime. */
import type { Behaviour, MailboxMessage, Step } from './behaviour.ts';
import type { RuntimeLimits } from './limits.ts';
import type { DeadLetterPort, EffectPort, Journal, Recall, Salvage, SnapshotStore } from './ports.ts';
import type { Directive } from './supervision.ts';

export interface World<State, Message, Effect, Surroundings> {
  readonly behaviour: Behaviour<State, Message, Effect, Surroundings>;
  readonly snapshots: SnapshotStore<State>;
  readonly journal: Journal<Message>;
  readonly recall: Recall;
  readonly effects: EffectPort<Effect>;
  readonly deadLetters: DeadLetterPort<Message>;
  readonly salvage: Salvage<State>;
  /** What turns may know beside their message; asked once for each batch. */
  surroundings(): Surroundings;
  /** Milliseconds since the epoch; only for snapshots and passivation, never seen by a turn. */
  nowMs(): number;
  /** Whether what was thrown passes by itself, so that trying again will help, however late. */
  isPassing(error: unknown): boolean;
  readonly breather: Breather;
  /** Called with what happens, for logs and metrics. Must not throw. */
  observed(event: ActorEvent): void;
  readonly limits: RuntimeLimits;
}

/** What the runtime reports about itself. */
export type ActorEvent =
  /** `opened`: the short way, without a read. `rebuilt`: from snapshot and journal. */
  | { what: 'activated'; actorId: string; how: 'opened' | 'rebuilt'; replayed: number }
  | { what: 'turn_failed'; message: MailboxMessage<unknown>; directive: Directive; error: unknown }
  /** A message of the journal whose turn throws; it was set aside when it was taken first. */
  | { what: 'replay_skipped'; message: MailboxMessage<unknown>; error: unknown }
  | { what: 'snapshot_saved'; actorId: string; sequence: number; revision: number }
  /** A step of this actor failed, and of no other; it is tried again. */
  | { what: 'parked'; actorId: string; step: Step; failures: number; error: unknown }
  /** The step was tried again, and did not fail. */
  | { what: 'recovered'; actorId: string; failures: number }
  /** `said`: it has an end that states why; else only its messages are set aside. */
  | { what: 'set_aside'; actorId: string; step: Step; reason: string; said: boolean }
  /** It is over, and all of it is durable through this sequence. `kept`: its snapshot stays. */
  | { what: 'ended'; actorId: string; through: number; kept: boolean; state: unknown }
  | { what: 'passivated'; actorId: string; why: 'finished' | 'idle' | 'released' | 'dropped' | 'parked' };

/** Milliseconds. */
const SLICE_MS = 15;

/**
 * Lets the event loop turn between two turns of actors: a batch is as long as it is, but timers, sockets and other partitions wait for no more than
 * a few turns of it.
 */
export class Breather {
  /** The turn of the event loop that runs now; undefined when nothing has asked in it. */
  #loopTurn: { readonly beganMs: number; readonly over: Promise<void> } | undefined;

  /** Undefined while there is time left; else what to wait for. */
  breath(): Promise<void> | undefined {
    const nowMs = performance.now();
    this.#loopTurn ??= {
      beganMs: nowMs,
      over: new Promise((resume) => setImmediate(() => ((this.#loopTurn = undefined), resume()))),
    };
    return nowMs - this.#loopTurn.beganMs < SLICE_MS ? undefined : this.#loopTurn.over;
  }
}
