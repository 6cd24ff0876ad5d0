/**
 * The memory that a slot shares with the thread that runs its task code, for what must pass while the task code holds the thread: how far the run is, whether to
 * stop, and whether to make room.
 *
 * Invariant: to stop is asked of one run by its number, and of one chunk by how many were over before it, so a late request cannot stop
 * the next run or the next chunk.
 */
import { type CellStore, SharedCells } from './cell-store.ts';

const DONE = 0;
const CANCELLED_RUN = 1;
const OVERDUE_RUN = 2;
const OVERDUE_AFTER = 3;
const YIELDING_RUN = 4;
const YIELDING_AFTER_MS = 5;
const SHARE_AFTER = 6;
const SHARE = 7;
const SHARES = 1_000_000;

export class SlotCells {
  readonly #cells: CellStore;

  constructor(cells: CellStore = new SharedCells()) {
    this.#cells = cells;
  }

  /** Chunks of the present run that are over, failed ones too. */
  get done(): number {
    return this.#cells.load(DONE);
  }

  set done(count: number) {
    this.#cells.store(DONE, count);
  }

  /** How much of the chunk at hand is done. */
  progress(share: number): void {
    this.#cells.store(SHARE_AFTER, this.done);
    this.#cells.store(SHARE, Math.round(Math.min(1, Math.max(0, share || 0)) * SHARES));
  }

  /** From 0 to 1; 0 when its task code has not reported it. */
  get share(): number {
    return this.#cells.load(SHARE_AFTER) === this.done ? this.#cells.load(SHARE) / SHARES : 0;
  }

  cancel(run: number): void {
    this.#cells.store(CANCELLED_RUN, run);
  }

  /** The chunk that runs after `done` others has used up its time. */
  overdue(run: number, done: number): void {
    this.#cells.store(OVERDUE_AFTER, done);
    this.#cells.store(OVERDUE_RUN, run);
  }

  /** Whether the present chunk of the run has used up its time. */
  isOverdue(run: number): boolean {
    return this.#cells.load(OVERDUE_RUN) === run && this.#cells.load(OVERDUE_AFTER) === this.done;
  }

  /** The run is to end at the border of a chunk, once it has computed for `afterMs`. */
  yield(run: number, afterMs: number): void {
    this.#cells.store(YIELDING_AFTER_MS, Math.ceil(afterMs));
    this.#cells.store(YIELDING_RUN, run);
  }

  /** Milliseconds of computing after which the run is to end; undefined when this was not asked for. */
  yieldsAfterMs(run: number): number | undefined {
    return this.#cells.load(YIELDING_RUN) === run ? this.#cells.load(YIELDING_AFTER_MS) : undefined;
  }

  isCancelled(run: number): boolean {
    return this.#cells.load(CANCELLED_RUN) === run;
  }
}
