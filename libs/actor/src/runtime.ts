/**
 * Runs actors: holds the activations of the partitions it is given batches of, from their first message to their passivation.
 *
 *   partition:   absent ──runBatch──▶ held ──dropPartition, releasePartition, lost to another owner──▶ absent
 *   runtime:     running ──drain──▶ drained
 *
 * Invariant: one actor's failure is its own. It drops out of its batch with nothing of it in memory, waits parked for its next try, and is set aside when that never helps
 * (`containment.ts`); its neighbours go on. What `settledThrough` states is durable; the caller may acknowledge it.
 */
import type { Activation } from './activation.ts';
import { groupByActor, inParallel, type ActorBatch } from './batch.ts';
import type { MailboxMessage } from './behaviour.ts';
import { HeldPartition, PartitionDropped } from './held-partition.ts';
import { defaultLimits, type RuntimeLimits } from './limits.ts';
import type { ParkedReport } from './parked-actors.ts';
import { Parking } from './parking.ts';
import { passivate, passivationsDue } from './passivation.ts';
import { RevisionConflict } from './ports.ts';
import { saveSnapshot } from './snapshots.ts';
import { takeTurns } from './turn.ts';
import { Breather, type ActorEvent, type World } from './world.ts';

/** A `World` of which clock, judgement, salvage, observer and limits may be left to their defaults. */
export type ActorRuntimeOptions<State, Message, Effect, Surroundings> = Pick<
  World<State, Message, Effect, Surroundings>,
  'behaviour' | 'snapshots' | 'journal' | 'recall' | 'effects' | 'deadLetters' | 'surroundings'
> & {
  nowMs?: () => number;
  isPassing?: (error: unknown) => boolean;
  salvage?: World<State, Message, Effect, Surroundings>['salvage'];
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
  /** Dropped here while actors were parked, and not released by the caller yet. */
  readonly #lost = new Set<string>();
  readonly #parking: Parking<State, Message, Effect, Surroundings>;
  #drained = false;

  constructor(options: ActorRuntimeOptions<State, Message, Effect, Surroundings>) {
    const limits = { ...defaultLimits, ...options.limits };
    this.#world = {
      nowMs: Date.now,
      isPassing: () => false,
      salvage: () => Promise.resolve(undefined),
      observed: () => {},
      breather: new Breather(),
      ...options,
      limits,
    };
    this.#parking = new Parking(this.#world, (held, work) => this.#inOrder(held, work));
  }

  /** Activations in memory, over all partitions. */
  get activationCount(): number {
    let count = 0;
    for (const partition of this.#partitions.values()) count += partition.activations.size;
    return count;
  }

  /** The states in memory, of the partitions that are held; `acting`: what its turns led to is still on its way out. */
  *states(): Generator<{ partition: string; actorId: string; state: State; sequence: number; acting: boolean }> {
    for (const { id, activations } of this.#partitions.values()) {
      for (const { actorId, state, sequence, acting } of activations.values())
        yield { partition: id, actorId, state, sequence, acting };
    }
  }

  /** Whether this actor finished here lately, and has not come back since. */
  hasFinished(partition: string, actorId: string): boolean {
    return this.#partitions.get(partition)?.finished.has(actorId) ?? false;
  }

  parked(): ParkedReport[] {
    return [...this.#partitions.values()].flatMap(({ id, parked }) =>
      parked.all().map(({ actorId, sinceMs, failures, why }) => ({ partition: id, actorId, sinceMs, failures, why })),
    );
  }

  /**
   * Sequences up to here are settled, as far as they were handed over: infinite when all of them are. Undefined when that is not known any more, because the
   * partition was dropped here while actors were parked: the caller acknowledges nothing, gives it up by `dropPartition`, and takes it again from its ack floor.
   */
  settledThrough(partition: string): number | undefined {
    return this.#lost.has(partition) ? undefined : (this.#partitions.get(partition)?.parked.settledThrough ?? Infinity);
  }

  /**
   * Takes the turns of one batch of a partition's mailbox; resolves when the batch may be acknowledged, as far as `settledThrough` states. Batches of one
   * partition run one after the other, those of different partitions side by side.
   *
   * Between two batches no other process may have taken messages of the partition, since this runtime could not know of them: a caller that has
   * lost a partition, for however short a time, calls `dropPartition` before it goes on. `isOurs`: whether it is still the caller's, asked before
   * anything leaves.
   *
   * Throws `RevisionConflict` when another owner is at work, `PartitionDropped` when the partition was dropped meanwhile. Then nothing may be
   * acknowledged, and the partition should be released.
   */
  async runBatch(partition: string, messages: readonly MailboxMessage<Message>[], isOurs?: () => boolean): Promise<void> {
    if (this.#drained || this.#lost.has(partition)) throw new PartitionDropped(partition);
    const held = this.#hold(partition);
    if (isOurs !== undefined) held.heldWhile(isOurs);
    await this.#inOrder(held, async () => {
      const { behaviour } = this.#world;
      const batch: MailboxMessage<Message>[] = [];
      for (const message of messages) {
        if (behaviour.reopens?.(message.message)) held.finished.forget(message.actorId);
        const parked = held.parked.get(message.actorId);
        if (parked !== undefined) parked.last = Math.max(parked.last, message.sequence);
        else if (!held.finished.has(message.actorId)) batch.push(message);
      }
      held.takenThrough = Math.max(held.takenThrough, messages.at(-1)?.sequence ?? 0);
      const parts = groupByActor(batch);
      await this.#parking.settle(held, parts, await takeTurns(this.#world, held, parts));
    });
  }

  /** Lets the actors in memory whose state is chosen look around again. Never throws. */
  async wake(chosen: (state: State) => boolean): Promise<void> {
    await Promise.all(
      [...this.#partitions.values()].map((held) => {
        const theirs = [...held.activations.values()].filter(({ state }) => chosen(state)).map(({ actorId }) => actorId);
        return theirs.length === 0 ? undefined : this.#without(held, theirs, 'wake');
      }),
    );
  }

  /**
   * Rebuilds an actor from the world, whatever is in memory, and lets it make good what is missing. Never throws. False where that is not ours to do: the partition is not
   * held, or the caller has lost it since, or the actor waits for its own next try.
   */
  async rebuild(partition: string, actorId: string): Promise<boolean> {
    const held = this.#partitions.get(partition);
    if (held === undefined || held.parked.get(actorId) !== undefined) return false;
    return this.#without(held, [actorId], 'rebuild');
  }

  /** Whether the partition is held here, and its caller has it still. */
  holds(partition: string): boolean {
    return this.#partitions.get(partition)?.isOurs ?? false;
  }

  /** The next message for this actor is handled although it finished here: what is stored of its end may be gone. */
  lookAgain(actorId: string): void {
    for (const { finished } of this.#partitions.values()) finished.forget(actorId);
  }

  /** Forgets a partition at once, saving nothing. A batch still running throws before it would save or perform anything more. */
  dropPartition(partition: string): void {
    const held = this.#partitions.get(partition);
    if (held !== undefined) this.#drop(held);
    this.#lost.delete(partition);
  }

  /** Hands a partition over in good order: ends the batch that is running, saves what is unsaved, then forgets. Never throws. */
  async releasePartition(partition: string): Promise<void> {
    this.#lost.delete(partition);
    const held = this.#partitions.get(partition);
    if (held === undefined) return;
    await held.inOrder(async () => {
      // Where saving fails the next owner replays more of the journal; nothing is lost.
      await Promise.allSettled(
        this.#dirtyOf([...held.activations.values()]).map((activation) => saveSnapshot(this.#world, held, activation)),
      );
      this.#drop(held, 'released');
      this.#lost.delete(partition);
    });
  }

  /**
   * Passivates activations that have been idle for too long or are too many, saving what is unsaved first. Meant to be called every
   * few seconds. A partition in which another owner is found at work is dropped; an actor that cannot be saved stays, and its error is thrown at the end.
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
    if (held === undefined)
      this.#partitions.set(partition, (held = new HeldPartition(partition, this.#world.limits.finishedRememberedMax)));
    return held;
  }

  /** Work on a partition: whatever it throws, nothing of the partition is in memory afterwards. */
  #inOrder(held: HeldPartition<State>, work: () => Promise<void>): Promise<void> {
    return held.inOrder(async () => {
      try {
        held.mustBeHeld();
        await work();
      } catch (error) {
        this.#drop(held);
        throw error;
      }
    });
  }

  /** False when the partition was lost before it was done. */
  async #without(held: HeldPartition<State>, actorIds: readonly string[], what: 'wake' | 'rebuild'): Promise<boolean> {
    const work = this.#inOrder(held, async () => {
      const without = what === 'wake' ? what : { rebuildThrough: held.takenThrough };
      const parts = actorIds
        .filter((actorId) => held.parked.get(actorId) === undefined)
        .map((actorId): ActorBatch<Message> => ({ actorId, messages: [], without }));
      await this.#parking.settle(held, parts, await takeTurns(this.#world, held, parts));
    });
    return work.then(
      () => true,
      () => false,
    );
  }

  async #passivateIdleOf(held: HeldPartition<State>, chosen: readonly IdleCandidate<State>[]): Promise<void> {
    const idle = chosen
      .filter(
        ({ activation, lastTurnAtMs }) =>
          held.activations.get(activation.actorId) === activation && activation.lastTurnAtMs === lastTurnAtMs,
      )
      .map(({ activation }) => activation);
    const dirty = this.#dirtyOf(idle);
    const unsaved = new Map<Activation<State>, unknown>();
    await inParallel(dirty, this.#world.limits.concurrencyMax, (activation) =>
      saveSnapshot(this.#world, held, activation).catch((error: unknown) => void unsaved.set(activation, error)),
    );
    const errors = [...unsaved.values()];
    if (errors.some((error) => error instanceof RevisionConflict || error instanceof PartitionDropped)) return this.#drop(held);
    for (const activation of idle) if (!unsaved.has(activation)) passivate(this.#world, held, activation.actorId, 'idle');
    if (errors.length > 0) throw errors[0];
  }

  #dirtyOf(activations: readonly Activation<State>[]): Activation<State>[] {
    return activations.filter((activation) => activation.since.turns > 0);
  }

  #drop(held: HeldPartition<State>, why: 'released' | 'dropped' = 'dropped'): void {
    for (const actorId of [...held.activations.keys()]) passivate(this.#world, held, actorId, why);
    if (held.isHeld && held.parked.size > 0) this.#lost.add(held.id);
    held.drop();
    if (this.#partitions.get(held.id) === held) this.#partitions.delete(held.id);
  }
}
