/**
 * Remembers which actors of a partition finished lately, so that a late message for one costs no reads.
 *
 * It is as old as the holding of its partition: an actor that finished here may have been reopened, and be at work, by whoever held the partition since.
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
