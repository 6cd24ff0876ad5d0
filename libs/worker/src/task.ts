/**
 * A task kind: the recipe of a job. Module authors call `defineTask` and export what it returns.
 *
 * Always true: this file imports nothing, so a slot's thread that loads a kind loads nothing else.
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
  /** Computes one chunk. The partial must be a JSON value. Throw `ComputeRefused` when trying again cannot help. */
  compute(input: Input, context: ChunkContext<Params>): Partial | Promise<Partial>;
  /** Joins two partials. Must be associative and commutative: partials arrive in any order and grouping. */
  merge(left: Partial, right: Partial): Partial;
}

const TASK = Symbol.for('manyhands.task');

/** A definition that a worker will take. */
export type Task<Params = unknown, Input = unknown, Partial = unknown> = Readonly<TaskDefinition<Params, Input, Partial>> & { readonly [TASK]: true };

/** Checks a definition and marks it as a task. Throws a sentence that says what to change. */
export function defineTask<Params, Input, Partial>(definition: TaskDefinition<Params, Input, Partial>): Task<Params, Input, Partial> {
  const { name, defaultChunks } = definition;
  if (!/^[a-z][a-z0-9-]{0,31}$/.test(name)) {
    throw new TypeError(`task name "${name}" must be 1 to 32 lower-case letters, digits or "-", starting with a letter`);
  }
  if (!Number.isInteger(defaultChunks) || defaultChunks < 1) throw new TypeError(`task ${name}: defaultChunks must be a whole number from 1`);
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
