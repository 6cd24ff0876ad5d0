/**
 * The waits of one slot for turns under rates.
 *
 * Invariant: the clock of the chunk at hand stands while any of its waits is open; a wait ends with its chunk, so that its turn goes to another call.
 */
import type { PaceWait } from '../pace/pace-desk.ts';
import type { RunClock } from './run-clock.ts';
import type { PaceAsk, ThreadCommand } from './slot-messages.ts';

export class PacedWaits {
  readonly #wait: PaceWait | undefined;
  readonly #clock: RunClock;
  readonly #open = new Set<{ id: number; done: number; abort: AbortController }>();

  constructor(wait: PaceWait | undefined, clock: RunClock) {
    this.#wait = wait;
    this.#clock = clock;
  }

  /** `ask` is of the present run. */
  async open(
    { id, run, done, name, perSec, again, ahead, over }: PaceAsk,
    tell: (command: ThreadCommand) => void,
  ): Promise<void> {
    if (this.#wait === undefined) return tell({ do: 'paced', run, id, dueAtMs: Date.now() });
    if (over) return this.#leave(id);
    const waiting = { id, done, abort: new AbortController() };
    if (ahead) return tell({ do: 'paced', run, id, ...(await this.#wait({ name, perSec, again, ahead }, waiting.abort.signal)) });
    this.#open.add(waiting);
    this.#clock.pause(done, performance.now());
    const turn = await this.#wait({ name, perSec, again }, waiting.abort.signal);
    this.#clock.resume(done, performance.now());
    this.#open.delete(waiting);
    tell({ do: 'paced', run, id, ...turn });
  }

  /** Ends the waits of chunks before the one that runs after `done` others; all of them without a number. */
  end(done = Number.POSITIVE_INFINITY): void {
    for (const waiting of this.#open) if (waiting.done < done) waiting.abort.abort();
  }

  #leave(id: number): void {
    for (const waiting of this.#open) if (waiting.id === id) waiting.abort.abort();
  }
}
