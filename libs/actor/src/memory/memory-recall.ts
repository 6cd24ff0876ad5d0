import type { Recall } from '../ports.ts';

/** A world in memory: `found` states, for each actor, what a recall finds. */
export class MemoryRecall implements Recall {
  readonly found = new Map<string, unknown>();

  async recall(actorId: string): Promise<unknown> {
    return this.found.get(actorId);
  }
}
