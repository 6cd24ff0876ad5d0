/**
 * The memory a slot shares with its thread, for what must pass while a kernel holds the thread: how far the run is, and whether to
 * stop.
 *
 * Always true: to stop is asked of one run by its number, so a late request cannot stop the next run.
 */
const DONE = 0;
const CANCELLED_RUN = 1;

export class SlotCells {
  readonly #cells: Int32Array;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(8)) {
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

  isCancelled(run: number): boolean {
    return Atomics.load(this.#cells, CANCELLED_RUN) === run;
  }
}
