/** Which tiles to load: chunks that are done and were not asked for yet. Pure. */
import type { Interval } from '@manyhands/proto';

/** How often a tile is asked for: neighbours joined in a coarse map may be shown as done before they are. */
const TRIES = 3;

export class NewChunks {
  /** By the chunk, how often it was asked for. */
  readonly #asked = new Map<number, number>();

  /** In their order; each is asked for now. */
  take(done: readonly Interval[]): number[] {
    const fresh: number[] = [];
    for (const [begin, end] of done)
      for (let chunk = begin; chunk < end; chunk += 1) {
        if (this.#asked.has(chunk)) continue;
        this.#asked.set(chunk, 1);
        fresh.push(chunk);
      }
    return fresh;
  }

  /** It could not be loaded: whether to ask again. */
  again(chunk: number): boolean {
    const tries = (this.#asked.get(chunk) ?? 0) + 1;
    this.#asked.set(chunk, tries);
    return tries <= TRIES;
  }
}
