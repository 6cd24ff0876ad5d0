/**
 * One partition while this runtime holds it: its activations, and the order of what is done to them.
 *
 *   held ──dropped──▶ dropped     for good; taking the partition again makes a new one, with nothing in memory
 *
 * Invariant: batches, passivation and release run one after the other, never two at a time. Nothing that was begun while held
 * goes on to change the world once dropped: `mustBeHeld` stands before every such step.
 */
import type { Activation } from './activation.ts';
import { ParkedActors } from './parked-actors.ts';

/** The partition was dropped while a batch of it was running: acknowledge nothing. */
export class PartitionDropped extends Error {
  override readonly name = 'PartitionDropped';

  constructor(partition: string) {
    super(`partition ${partition} was dropped while its batch was running`);
  }
}

export class HeldPartition<State> {
  readonly id: string;
  readonly activations = new Map<string, Activation<State>>();
  readonly finished: FinishedActors;
  readonly parked = new ParkedActors();
  /** The last sequence that was taken up. */
  takenThrough = 0;
  #held = true;
  #isOurs: () => boolean = () => true;
  #last: Promise<unknown> = Promise.resolve();

  constructor(id: string, finishedRememberedMax: number) {
    this.id = id;
    this.finished = new FinishedActors(finishedRememberedMax);
  }

  /** The caller that passes batches knows best whether the partition is still ours: also in a process that was frozen, and does not know yet. */
  heldWhile(isOurs: () => boolean): void {
    this.#isOurs = isOurs;
  }

  get isHeld(): boolean {
    return this.#held;
  }

  /** It was not dropped, and its caller has it still. */
  get isOurs(): boolean {
    return this.#held && this.#isOurs();
  }

  mustBeHeld(): void {
    if (!this.isOurs) throw new PartitionDropped(this.id);
  }

  drop(): void {
    this.#held = false;
    this.activations.clear();
    this.parked.clear();
  }

  /** Runs `work` after everything asked for before has ended, well or badly. */
  inOrder<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(work, work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}

/**
 * Remembers which actors of a partition finished lately, so that a late message for one costs no reads.
 *
 * It is as old as the holding of its partition: an actor that finished here may have been reopened, and be at work, by the owner that held the partition since.
 *
 * Invariant: it holds only actors whose last effects are durable, at most `rememberedMax`, and forgets the oldest first. Forgetting
 * costs reads, nothing else.
 */
export class FinishedActors {
  readonly #ids = new Set<string>();
  readonly #rememberedMax: number;

  constructor(rememberedMax: number) {
    this.#rememberedMax = rememberedMax;
  }

  has(actorId: string): boolean {
    return this.#ids.has(actorId);
  }

  /** It may have come back. */
  forget(actorId: string): void {
    this.#ids.delete(actorId);
  }

  add(actorId: string): void {
    this.#ids.add(actorId);
    if (this.#ids.size <= this.#rememberedMax) return;
    const [oldest] = this.#ids;
    if (oldest !== undefined) this.#ids.delete(oldest);
  }
}
