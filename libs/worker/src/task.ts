/**
 * A task kind: the recipe of a job. Module authors call `defineTask` and export what it returns.
 *
 * Invariant: this file imports nothing, so a slot's thread that loads a kind loads nothing else; schema libraries are the author's own.
 */

/** What the task code is given beside its input. The object is reused from chunk to chunk: take out of it what you need, and do not keep it. */
export interface Context<Params = unknown> {
  readonly params: Params;
  /**
   * Aborts when the job is cancelled or paused, and when this chunk has run for its soft time limit; `signal.aborted` also turns true in
   * the middle of synchronous task code. Task code that does not stop is ended with its thread.
   */
  readonly signal: AbortSignal;
  /** This chunk, `0 <= index < total`. */
  readonly index: number;
  readonly total: number;
  /** Which run of this chunk it is, from 1. */
  readonly attempt: number;
  readonly jobId: string;
  /** A line in the worker's log: 2,000 characters at most, and 200 lines a second; the number of dropped lines is logged. */
  log(message: string, fields?: object): void;
  /** How much of this chunk is done, 0 to 1: moves the job's bar inside a long chunk. */
  progress(share: number): void;
  /** A variable of the worker's environment. It is replaced by `***` in logs and errors. Throws when it is not set. */
  secret(name: string): string;
}

/** A plain JSON Schema (draft 2020-12) of an object. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A schema of any library that implements Standard Schema (https://standardschema.dev); it must implement Standard JSON Schema as well. */
export interface StandardSchema<In, Out> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly types?: { readonly input: In; readonly output: Out } | undefined;
    readonly validate: (value: unknown) => StandardResult<Out> | Promise<StandardResult<Out>>;
  };
}

export type StandardResult<Out> =
  { readonly value: Out; readonly issues?: undefined } | { readonly issues: readonly StandardIssue[] };

export interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

export interface TaskDefinition<Params, Input, Output, Asked = Params> {
  /** 1 to 27 lower-case letters, digits or `-`, not ending in `-v` and a number. */
  name: string;
  /** 1 unless given. Raise it when `split`, its inputs or the partials change shape: jobs of the version before are computed to their end by workers that still have it. */
  version?: number;
  /** For people; made from the name unless given. */
  title?: string;
  description?: string;
  /**
   * What parameters a job may have: a schema of a library (zod from 4.2, arktype from 2.1.28, valibot through `toStandardJsonSchema`), or a plain JSON
   * Schema of an object. The task code gets what a library's schema made of them: defaults, transforms and refinements hold. It must not be asynchronous,
   * and must give the same each time. Fields it does not name are refused, unless the schema allows them. Any object when left out.
   */
  params?: StandardSchema<Asked, Params> | JsonSchema;
  /** Parameters that work, as a user writes them. */
  example?: NoInfer<Asked>;
  /** Chunks used when the user names none; 16 unless given. */
  chunks?: number;
  /** Runs of one chunk before it is dead, unless the job sets another. */
  attempts?: number;
  /** Seconds one chunk may run before its signal aborts, and before its thread is ended, unless the job sets another. */
  softLimitSec?: number;
  hardLimitSec?: number;
  /** Megabytes of JavaScript objects a chunk may hold; one that wants more loses its thread. A worker of several kinds takes the largest. */
  memoryMb?: number;
  /** The input of chunk `index` of `total`; the index itself when left out. Cheap and pure: it runs again on every attempt. */
  split?(params: Params, index: number, total: number): Input;
  /**
   * Computes one chunk. Throw `ComputeRefused` when trying again cannot help, `RetryLater` when it helps only after a while; anything else thrown is
   * tried again, later each time.
   *
   * The partial must be exactly a JSON value: `null`, booleans, finite numbers, strings, arrays without holes and plain objects of these, at most
   * 500 inside each other and 512 KiB as JSON. `NaN`, infinities, `undefined` (also as a property: leave it out, or use `null`), BigInts, dates, maps,
   * sets, typed arrays and instances of classes are refused for good, with a sentence that names the path, because JSON would change them, and
   * partials travel as JSON between leases and stay values inside one. `-0` counts as `0`. Numbers keep all their digits.
   *
   * Return a new partial each time, or at least one that is not changed elsewhere: `merge` may change what it is given.
   */
  compute(input: Input, context: Context<Params>): Output | Promise<Output>;
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
   * - It gets the parameters too, so a function of any number of arguments, like `Math.max`, is no merge.
   * - Look for keys that come from data with `Object.hasOwn(left, key)`: `left['constructor']` is there in every object.
   *
   * When it throws, or returns nothing or no JSON value, no chunk is blamed: those of the lease are tried apart, and in the end a merge that fails for good
   * fails the job with that message.
   */
  merge(left: Output, right: Output, params: NoInfer<Params>): Output;
}

const TASK = Symbol.for('manyhands.task');

/** A definition that a worker takes, with all that was left out. */
export type Task<Params = unknown, Input = unknown, Output = unknown, Asked = Params> = Readonly<
  TaskDefinition<Params, Input, Output, Asked>
> & {
  readonly [TASK]: true;
  readonly version: number;
  readonly title: string;
  readonly description: string;
  readonly params: StandardSchema<Asked, Params> | JsonSchema;
  readonly example: Asked;
  readonly chunks: number;
  split(params: Params, index: number, total: number): Input;
};

const VERSION_MAX = 999;
/** What a job may ask for at most. */
export const ATTEMPTS_MAX = 10;
export const LIMIT_SEC_MAX = 86_400;

/** Checks a definition and marks it as a task. Throws a sentence that states what to change. */
export function defineTask<Params = Record<string, unknown>, Input = number, Output = unknown, Asked = Params>(
  definition: TaskDefinition<Params, Input, Output, Asked>,
): Task<Params, Input, Output, Asked> {
  const { name, version = 1, chunks = 16 } = definition;
  if (!/^[a-z][a-z0-9-]{0,26}$/.test(name))
    throw new TypeError(`task name "${name}" must be 1 to 27 lower-case letters, digits or "-", starting with a letter`);
  const wrong = (what: string) => new TypeError(`task ${name}: ${what}`);
  if (/-v\d+$/.test(name)) throw wrong('its name must not end in -v and a number; that is what "version" makes of it');
  if (!isWhole(version, VERSION_MAX)) throw wrong(`version must be a whole number from 1 to ${VERSION_MAX}`);
  if (!isWhole(chunks, Infinity)) throw wrong('chunks must be a whole number from 1');
  const { attempts = 1, memoryMb = 1 } = definition;
  if (!isWhole(attempts, ATTEMPTS_MAX)) throw wrong(`attempts must be a whole number from 1 to ${ATTEMPTS_MAX}`);
  if (!isWhole(memoryMb, Infinity)) throw wrong('memoryMb must be a whole number from 1');
  for (const part of ['softLimitSec', 'hardLimitSec'] as const) {
    const seconds = definition[part] ?? 1;
    if (!(seconds > 0 && seconds <= LIMIT_SEC_MAX)) throw wrong(`${part} must be a number above 0, and at most ${LIMIT_SEC_MAX}`);
  }
  if ((definition.softLimitSec ?? 0) > (definition.hardLimitSec ?? Infinity))
    throw wrong('softLimitSec must not be more than hardLimitSec');
  for (const part of ['compute', 'merge'] as const)
    if (typeof definition[part] !== 'function') throw wrong(`${part} must be a function`);
  if (definition.split !== undefined && typeof definition.split !== 'function') throw wrong('split must be a function');
  return Object.freeze({
    title: titleOf(name),
    description: '',
    params: { type: 'object' },
    example: {} as Asked,
    split: (_params: Params, index: number) => index as Input,
    ...definition,
    version,
    chunks,
    [TASK]: true as const,
  });
}

export function isTask(value: unknown): value is Task {
  return typeof value === 'object' && value !== null && TASK in value;
}

/** Thrown by the task code: this chunk cannot be computed, and trying again will not help. */
export class ComputeRefused extends Error {
  override readonly name = 'ComputeRefused';
}

/** Thrown by the task code: try this chunk again, but not before `afterMs` (an hour at most), as a server's `Retry-After` asks. It uses an attempt. */
export class RetryLater extends Error {
  override readonly name = 'RetryLater';
  readonly afterMs: number;

  constructor(message: string, afterMs: number) {
    super(message);
    this.afterMs = afterMs;
  }
}

function isWhole(value: number, max: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= max;
}

function titleOf(name: string): string {
  const words = name.replaceAll('-', ' ');
  return words[0]!.toUpperCase() + words.slice(1);
}
