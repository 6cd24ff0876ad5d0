/** What every turn runs in: the behaviour, the ports, the clock and the limits. One per runtime. */
import type { Behaviour, MailboxMessage } from './behaviour.ts';
import type { RuntimeLimits } from './limits.ts';
import type { DeadLetterPort, EffectPort, Journal, Recall, SnapshotStore } from './ports.ts';
import type { Directive } from './supervision.ts';

export interface World<State, Message, Effect, Surroundings> {
  readonly behaviour: Behaviour<State, Message, Effect, Surroundings>;
  readonly snapshots: SnapshotStore<State>;
  readonly journal: Journal<Message>;
  readonly recall: Recall;
  readonly effects: EffectPort<Effect>;
  readonly deadLetters: DeadLetterPort<Message>;
  /** What turns may know beside their message; asked once for each batch. */
  surroundings(): Surroundings;
  /** Milliseconds since the epoch; only for snapshots and passivation, never seen by a turn. */
  nowMs(): number;
  /** Bytes a message costs in the journal; only for the snapshot policy. */
  messageBytes(message: Message): number;
  /** Told what happens, for logs and metrics. Must not throw. */
  observed(event: ActorEvent): void;
  readonly limits: RuntimeLimits;
}

/** What the runtime tells about itself. */
export type ActorEvent =
  /** `opened`: the short way, without a read. `rebuilt`: from snapshot and journal. */
  | { what: 'activated'; actorId: string; how: 'opened' | 'rebuilt'; replayed: number }
  | { what: 'turn_failed'; message: MailboxMessage<unknown>; directive: Directive; error: unknown }
  /** A message of the journal whose turn throws; it was set aside when it was taken first. */
  | { what: 'replay_skipped'; message: MailboxMessage<unknown>; error: unknown }
  | { what: 'snapshot_saved'; actorId: string; sequence: number; revision: number }
  | { what: 'passivated'; actorId: string; why: 'finished' | 'idle' | 'released' | 'dropped' };
