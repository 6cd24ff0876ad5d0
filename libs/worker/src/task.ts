/**
 * A task kind: the recipe of a job. Module authors call `defineTask` and export what it returns.
 *
 * Invariant: this file imports nothing, so a slot's thread that loads a kind loads nothing else.
 */

/** What a kernel is told about the chunk at hand. It is reused from chunk to chunk: do not keep it. */
export interface ChunkContext<Params> {
  /**
   * Aborts when the job is cancelled or paused, and when this chunk has run for its soft time limit; `signal.aborted` also turns true in
   * the middle of a synchronous kernel. A kernel that does not stop is ended with its thread.
   */
  readonly signal: AbortSignal;
  readonly params: Params;
  /** This chunk, `0 <= chunk < total`. */
  readonly chunk: number;
  readonly total: number;
}

export interface TaskDefinition<Params, Input, Partial> {
  /** 1 to 32 lower-case letters, digits or `-`. */
  name: string;
  title: string;
  description: string;
  /** JSON Schema (draft 2020-12) of the parameters, an object. */
  params: Readonly<Record<string, unknown>>;
  /** Parameters that work. */
  example: Params;
  /** Chunks used when the user names none. */
  defaultChunks: number;
  /** The input of chunk `index` of `total`. Cheap and pure: it runs again on every attempt. */
  split(params: Params, index: number, total: number): Input;
  /**
   * Computes one chunk. Throw `ComputeRefused` when trying again cannot help.
   *
   * The partial must be exactly a JSON value: `null`, booleans, finite numbers, strings, arrays without holes and plain objects of these, at most
   * 500 inside each other and 512 KiB as JSON. `NaN`, infinities, `undefined` (also as a property: leave it out, or use `null`), BigInts, dates, maps,
   * sets, typed arrays and instances of classes are refused for good, with a sentence that names the path, because JSON would change them, and
   * partials travel as JSON between leases and stay values inside one. `-0` counts as `0`. Numbers keep all their digits.
   *
   * Return a new partial each time, or at least one that nobody changes: `merge` may change what it is given.
   */
  compute(input: Input, context: ChunkContext<Params>): Partial | Promise<Partial>;
  /**
   * Joins two partials into one that stands for the chunks of both. It must return it, at once (no promise), as a JSON value like those of `compute`.
   *
   * - *Associative and commutative*: partials arrive in any order and grouping, another one in each run. `merge(a, merge(b, c))`,
   *   `merge(merge(a, b), c)` and `merge(b, merge(c, a))` must be equal. Inside a lease neighbours are merged in their order, but where leases begin
   *   and end, and which of them are merged first, is decided by time: never rely on it. What depends on the order, like appending to a list or "the
   *   first one wins", needs the chunk's number in the partial, and is put in order when the result is read.
   * - *Floating-point sums are not associative*: 0.1 + 0.2 + 0.3 depends on which two are added first, so the last digits of a sum of fractions differ
   *   from run to run. Where that matters add whole numbers (cents, not euros; scaled integers below 2^53, or BigInt digits as a string), or keep the
   *   numbers in a list and add them in one order at the end. Minimum, maximum and counts have no such trouble.
   * - *Pure, save for its own arguments*: it may change `left` and return it, and may keep parts of `right`; neither is used again. It runs in a
   *   thread, sees nothing of other jobs, and may run again on the same partials after a failure.
   * - Look for keys that come from data with `Object.hasOwn(left, key)`: `left['constructor']` is there in every object.
   *
   * When it throws, or returns nothing or no JSON value, no chunk is blamed: those of the lease are tried apart, and in the end a merge that fails for good
   * fails the job with what it said.
   */
  merge(left: Partial, right: Partial): Partial;
}

const TASK = Symbol.for('manyhands.task');

/** A definition that a worker will take. */
export type Task<Params = unknown, Input = unknown, Partial = unknown> = Readonly<TaskDefinition<Params, Input, Partial>> & {
  readonly [TASK]: true;
};

/** Checks a definition and marks it as a task. Throws a sentence that says what to change. */
export function defineTask<Params, Input, Partial>(
  definition: TaskDefinition<Params, Input, Partial>,
): Task<Params, Input, Partial> {
  const { name, defaultChunks } = definition;
  if (!/^[a-z][a-z0-9-]{0,31}$/.test(name)) {
    throw new TypeError(`task name "${name}" must be 1 to 32 lower-case letters, digits or "-", starting with a letter`);
  }
  if (!Number.isInteger(defaultChunks) || defaultChunks < 1)
    throw new TypeError(`task ${name}: defaultChunks must be a whole number from 1`);
  for (const part of ['split', 'compute', 'merge'] as const) {
    if (typeof definition[part] !== 'function') throw new TypeError(`task ${name}: ${part} must be a function`);
  }
  return Object.freeze({ ...definition, [TASK]: true as const });
}

export function isTask(value: unknown): value is Task {
  return typeof value === 'object' && value !== null && TASK in value;
}

/** Thrown by a kernel: this chunk cannot be computed, and trying again will not help. */
export class ComputeRefused extends Error {
  override readonly name = 'ComputeRefused';
}
