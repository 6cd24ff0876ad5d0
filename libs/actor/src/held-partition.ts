/**
 * One partition while this runtime holds it: its activations, and the order of what is done to them.
 *
 *   held ──dropped──▶ dropped     for good; taking the partition again makes a new one, with nothing in memory
 *
 * Always true: batches, passivation and release run one after the other, never two at a time. Nothing that was begun while held
 * goes on to change the world once dropped: `mustBeHeld` stands before every such step.
 */
import type { Activation } from './activation.ts';

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
  #held = true;
  #last: Promise<unknown> = Promise.resolve();

  constructor(id: string) {
    this.id = id;
  }

  mustBeHeld(): void {
    if (!this.#held) throw new PartitionDropped(this.id);
  }

  drop(): void {
    this.#held = false;
    this.activations.clear();
  }

  /** Runs `work` after everything asked for before has ended, well or badly. */
  inOrder<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(work, work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
