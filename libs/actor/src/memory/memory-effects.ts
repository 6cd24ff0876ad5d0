import type { EffectPort } from '../ports.ts';

/** Keeps performed effects in memory, one entry for each unit of work, and fails on demand. */
export class MemoryEffects<Effect> implements EffectPort<Effect> {
  /** The units of work in the order they were performed. */
  readonly performed: { actorId: string; effect: Effect }[][] = [];
  readonly forgotten: string[] = [];
  #failure: Error | undefined;

  /** Lets the next `perform` throw and perform nothing. */
  failNext(failure: Error): void {
    this.#failure = failure;
  }

  async perform(effects: readonly { actorId: string; effect: Effect }[]): Promise<void> {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw failure;
    this.performed.push([...effects]);
  }

  forget(actorId: string): void {
    this.forgotten.push(actorId);
  }
}
