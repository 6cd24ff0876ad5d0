/**
 * Merges partials one after the other, and checks that what comes out is a JSON value too.
 *
 * Invariant: no merged partial leaves unchecked. A small one is checked after each merge; a large one, which grows chunk by chunk, only after as
 * many merges as pay for it, and at the end, so that a long span costs in proportion to its chunks.
 */
import type { Task } from '../task.ts';
import { examineJson, type JsonBounds } from './json-value.ts';
import { flawFault, KernelFault } from './kernel-error.ts';
import type { KernelError } from './slot-messages.ts';

/** Merges of which each is timed; after them one of so many, unless they take long. */
const TIMED_FIRST = 32;
const SLOW_MERGE_MS = 0.01;
/** Bytes of a merged partial that are checked for each merge. */
const CHECKED_PER_MERGE = 32;
const NOTHING = {
  compute: 'compute returned nothing; return a JSON value, null for nothing',
  merge: 'merge returned nothing; it must return the merged partial',
  finish: 'finish returned nothing; return the answer as a JSON value, null for nothing',
};

const NO_MERGE: KernelError = {
  code: 'compute_refused',
  message: 'the kind has no merge, and the job asks for one answer; submit it again, so that its results are lines',
  retryable: false,
};

export class Merging {
  readonly #task: Task;
  readonly #params: unknown;
  readonly #bounds: JsonBounds;
  #partial: unknown;
  /** Merges since the partial was checked. */
  #unchecked = 0;
  #weight = 0;
  #count = 0;
  #spentMs = 0;

  constructor(task: Task, params: unknown, bounds: JsonBounds) {
    this.#task = task;
    this.#params = params;
    this.#bounds = bounds;
  }

  /** Undefined until there is one. */
  get partial(): unknown {
    return this.#partial;
  }

  /** Milliseconds spent in `merge` of the task code. */
  get spentMs(): number {
    return this.#spentMs;
  }

  /** Takes in one more partial. Throws what `merge` throws; the partial is not to be used then, as the task code may have changed half of it. */
  add(partial: unknown): void {
    if (this.#partial === undefined) {
      this.#partial = partial;
      return;
    }
    if (this.#task.merge === undefined) throw new KernelFault(NO_MERGE);
    this.#count += 1;
    // To read the clock takes longer than the merge of two numbers.
    const weight = this.#count <= TIMED_FIRST || this.#spentMs > SLOW_MERGE_MS * this.#count ? 1 : TIMED_FIRST;
    if (weight === 1 || this.#count % weight === 0) {
      const startedAtMs = performance.now();
      this.#partial = this.#task.merge(this.#partial, partial, this.#params);
      this.#spentMs += weight * (performance.now() - startedAtMs);
    } else this.#partial = this.#task.merge(this.#partial, partial, this.#params);
    this.#unchecked += 1;
    if (this.#partial === undefined || this.#unchecked * CHECKED_PER_MERGE >= this.#weight) this.check();
  }

  /** Throws when the merged partial is not a JSON value. */
  check(): void {
    if (this.#unchecked === 0) return;
    this.#weight = weightOf('merge', this.#partial, this.#bounds);
    this.#unchecked = 0;
  }
}

/** Bytes at least as JSON; throws when it is not. */
export function weightOf(from: 'compute' | 'merge' | 'finish', partial: unknown, bounds: JsonBounds): number {
  if (partial === undefined) throw new KernelFault({ code: 'compute_refused', message: NOTHING[from], retryable: false });
  const examined = examineJson(partial, bounds);
  if (typeof examined !== 'number') throw flawFault(from, examined);
  return examined;
}
