/**
 * The abort signal that task code sees: of the whole run when its job is cancelled, of one chunk when that has used up its time.
 *
 * Invariant: the signal of a chunk that begins is not aborted by what a chunk before it did. One controller serves many runs until it is
 * aborted, because making one costs more than a light chunk.
 */
import type { SlotCells } from './slot-cells.ts';

export class RunAborts {
  readonly #cells: SlotCells;
  #run = 0;
  #controller: AbortController;

  constructor(cells: SlotCells) {
    this.#cells = cells;
    this.#controller = this.#create();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  begin(run: number): void {
    this.#run = run;
    this.renew();
  }

  /** Fires the abort event, for task code that waits; code that never yields sees the cells through `signal.aborted`. */
  abort(): void {
    this.#controller.abort();
  }

  /** A signal that is not aborted. */
  renew(): void {
    if (abortedOf.call(this.#controller.signal)) this.#controller = this.#create();
  }

  #create(): AbortController {
    const controller = new AbortController();
    const isAborted = () =>
      this.#cells.isCancelled(this.#run) || this.#cells.isOverdue(this.#run) || (abortedOf.call(controller.signal) as boolean);
    Object.defineProperty(controller.signal, 'aborted', { configurable: true, get: isAborted });
    return controller;
  }
}

const abortedOf = Object.getOwnPropertyDescriptor(AbortSignal.prototype, 'aborted')!.get!;
