/**
 * Runs actors: holds the activations of the partitions it is given batches of, from their first message to their passivation.
 *
 *   partition:   absent ──runBatch──▶ held ──dropPartition, releasePartition, a batch that fails──▶ absent
 *   runtime:     running ──drain──▶ drained
 *
 * Always true: a batch that fails leaves no activation of its partition in memory, so the next owner and this one start alike, from
 * snapshot and journal. What `runBatch` has resolved for is durable; the caller may acknowledge it.
 */
import type { Activation } from './activation.ts';
import type { MailboxMessage } from './behaviour.ts';
import { FinishedActors } from './finished-actors.ts';
import { HeldPartition, PartitionDropped } from './held-partition.ts';
import { defaultLimits, type RuntimeLimits } from './limits.ts';
import { inParallel } from './parallel.ts';
import { passivationsDue } from './passivation.ts';
import { RevisionConflict } from './ports.ts';
import { saveSnapshot, takeTurns } from './turn.ts';
import type { ActorEvent, World } from './world.ts';

/** A `World` of which clock, measure, observer and limits may be left to their defaults. */
export type ActorRuntimeOptions<State, Message, Effect, Surroundings> = Pick<
  World<State, Message, Effect, Surroundings>,
  'behaviour' | 'snapshots' | 'journal' | 'recall' | 'effects' | 'deadLetters' | 'surroundings'
> & {
  nowMs?: () => number;
  messageBytes?: (message: Message) => number;
  observed?: (event: ActorEvent) => void;
  limits?: Partial<RuntimeLimits>;
};

/** An activation that was idle when it was chosen; it may have taken a turn since. */
interface IdleCandidate<State> {
  activation: Activation<State>;
  lastTurnAtMs: number;
}

export class ActorRuntime<State, Message, Effect, Surroundings> {
  readonly #world: World<State, Message, Effect, Surroundings>;
  readonly #partitions = new Map<string, HeldPartition<State>>();
  readonly #finished: FinishedActors;
  #drained = false;

  constructor(options: ActorRuntimeOptions<State, Message, Effect, Surroundings>) {
    const limits = { ...defaultLimits, ...options.limits };
    this.#world = { nowMs: Date.now, messageBytes: () => 0, observed: () => {}, ...options, limits };
    this.#finished = new FinishedActors(limits.finishedRememberedMax);
  }

  /** Activations in memory, over all partitions. */
  get activationCount(): number {
    let count = 0;
    for (const partition of this.#partitions.values()) count += partition.activations.size;
    return count;
  }

  /**
   * Takes the turns of one batch of a partition's mailbox; resolves when the batch may be acknowledged through its last
   * sequence. Batches of one partition run one after the other, those of different partitions side by side.
   *
   * Between two batches nobody else may have taken messages of the partition, since this runtime could not know of them: whoever has
   * lost a partition, for however short a time, calls `dropPartition` before it goes on.
   *
   * Throws `RevisionConflict` when another owner is at work, `PartitionDropped` when the partition was dropped meanwhile, and
   * what a port throws. Then nothing may be acknowledged, and the partition is best given up.
   */
  async runBatch(partition: string, messages: readonly MailboxMessage<Message>[]): Promise<void> {
    if (this.#drained) throw new PartitionDropped(partition);
    const held = this.#hold(partition);
    await held.inOrder(async () => {
      try {
        const { behaviour } = this.#world;
        for (const { actorId, message } of messages) if (behaviour.reopens?.(message)) this.#finished.forget(actorId);
        const batch = messages.filter((message) => !this.#finished.has(message.actorId));
        const took = await takeTurns(this.#world, held, batch);
        await this.#endFinished(held, took);
      } catch (error) {
        this.#drop(held);
        throw error;
      }
    });
  }

  /** Forgets a partition at once, saving nothing. A batch still running throws before it would save or perform anything more. */
  dropPartition(partition: string): void {
    const held = this.#partitions.get(partition);
    if (held !== undefined) this.#drop(held);
  }

  /** Hands a partition over in good order: ends the batch that is running, saves what is unsaved, then forgets. Never throws. */
  async releasePartition(partition: string): Promise<void> {
    const held = this.#partitions.get(partition);
    if (held === undefined) return;
    await held.inOrder(async () => {
      try {
        await this.#saveDirty(held, [...held.activations.values()]);
      } catch {
        // The next owner replays more of the journal; nothing is lost.
      }
      this.#drop(held, 'released');
    });
  }

  /**
   * Passivates activations that have been idle for too long or are too many, saving what is unsaved first. Meant to be called every
   * few seconds. A partition in which another owner is found at work is dropped. Throws what the snapshot store throws.
   */
  async passivateIdle(nowMs: number): Promise<void> {
    const candidates = [...this.#partitions.values()].flatMap((held) =>
      [...held.activations.values()].map((activation) => ({ held, activation, lastTurnAtMs: activation.lastTurnAtMs })),
    );
    const due = passivationsDue(candidates, nowMs, this.#world.limits.passivation);
    const perPartition = [...Map.groupBy(due, (candidate) => candidate.held)];
    await Promise.all(perPartition.map(([held, theirs]) => held.inOrder(() => this.#passivateIdleOf(held, theirs))));
  }

  /** Ends what is running, saves what is unsaved, holds nothing. Batches that come later are refused. */
  async drain(): Promise<void> {
    this.#drained = true;
    await Promise.all([...this.#partitions.keys()].map((partition) => this.releasePartition(partition)));
  }

  #hold(partition: string): HeldPartition<State> {
    let held = this.#partitions.get(partition);
    if (held === undefined) this.#partitions.set(partition, (held = new HeldPartition(partition)));
    return held;
  }

  async #endFinished(held: HeldPartition<State>, took: readonly Activation<State>[]): Promise<void> {
    const finished = took.filter((activation) => activation.finished);
    const saved = finished.filter((activation) => activation.maybeSaved);
    await inParallel(saved, this.#world.limits.concurrencyMax, (activation) => this.#world.snapshots.remove(activation.actorId));
    for (const activation of finished) {
      this.#finished.add(activation.actorId);
      this.#passivate(held, activation, 'finished');
    }
  }

  async #passivateIdleOf(held: HeldPartition<State>, chosen: readonly IdleCandidate<State>[]): Promise<void> {
    const idle = chosen
      .filter(
        ({ activation, lastTurnAtMs }) =>
          held.activations.get(activation.actorId) === activation && activation.lastTurnAtMs === lastTurnAtMs,
      )
      .map(({ activation }) => activation);
    try {
      await this.#saveDirty(held, idle);
    } catch (error) {
      if (!(error instanceof RevisionConflict || error instanceof PartitionDropped)) throw error;
      return this.#drop(held);
    }
    for (const activation of idle) this.#passivate(held, activation, 'idle');
  }

  async #saveDirty(held: HeldPartition<State>, activations: readonly Activation<State>[]): Promise<void> {
    const dirty = activations.filter((activation) => activation.since.turns > 0);
    await inParallel(dirty, this.#world.limits.concurrencyMax, (activation) => saveSnapshot(this.#world, held, activation));
  }

  #passivate(
    held: HeldPartition<State>,
    { actorId }: Activation<State>,
    why: 'finished' | 'idle' | 'released' | 'dropped',
  ): void {
    held.activations.delete(actorId);
    this.#world.effects.forget(actorId);
    this.#world.observed({ what: 'passivated', actorId, why });
  }

  #drop(held: HeldPartition<State>, why: 'released' | 'dropped' = 'dropped'): void {
    for (const activation of [...held.activations.values()]) this.#passivate(held, activation, why);
    held.drop();
    if (this.#partitions.get(held.id) === held) this.#partitions.delete(held.id);
  }
}
