/**
 * The memory a slot shares with its thread, for what must pass while a kernel holds the thread: how far the run is, and whether to
 * stop.
 *
 * Always true: to stop is asked of one run by its number, and of one chunk by how many were over before it, so a late request cannot stop
 * the next run or the next chunk.
 */
const DONE = 0;
const CANCELLED_RUN = 1;
const OVERDUE_RUN = 2;
const OVERDUE_AFTER = 3;

export class SlotCells {
  readonly #cells: Int32Array;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(16)) {
    this.#cells = new Int32Array(memory);
  }

  get memory(): SharedArrayBuffer {
    return this.#cells.buffer as SharedArrayBuffer;
  }

  /** Chunks of the present run that are over, failed ones too. */
  get done(): number {
    return Atomics.load(this.#cells, DONE);
  }

  set done(count: number) {
    Atomics.store(this.#cells, DONE, count);
  }

  cancel(run: number): void {
    Atomics.store(this.#cells, CANCELLED_RUN, run);
  }

  /** The chunk that runs after `done` others has used up its time. */
  overdue(run: number, done: number): void {
    Atomics.store(this.#cells, OVERDUE_AFTER, done);
    Atomics.store(this.#cells, OVERDUE_RUN, run);
  }

  /** Whether the present chunk of the run has used up its time. */
  isOverdue(run: number): boolean {
    return Atomics.load(this.#cells, OVERDUE_RUN) === run && Atomics.load(this.#cells, OVERDUE_AFTER) === this.done;
  }

  isCancelled(run: number): boolean {
    return Atomics.load(this.#cells, CANCELLED_RUN) === run;
  }
}
