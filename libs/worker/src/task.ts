/**
 * A task kind: the recipe of a job. Module authors call `defineTask` and export what it returns.
 *
 * Invariant: this file imports nothing but types, so a slot's thread that loads a kind loads nothing else; schema libraries are the author's own.
 */
import type { Context } from './context.ts';
import type { JsonSchema, StandardSchema } from './standard-schema.ts';
import type { Batched, TaskInput } from './task-input.ts';

export type { JsonSchema, StandardSchema } from './standard-schema.ts';
export type { Batched, TaskInput } from './task-input.ts';

export type { Context, FileRef } from './context.ts';

/**
 * Each record of the input is a chunk, in whatever form it is sent (NDJSON, a JSON array, CSV with a header, lines of text). With `batch` a chunk is so many
 * of them (the last has what is left), and `compute` gets an array.
 *
 * `schema` is held against each record before `compute`, which gets what the schema made of it; a record that it refuses is dead at once. A record that was sent as CSV is read as
 * `csv` reads it.
 */
export function items<In, Out>(schema: StandardSchema<In, Out>, options: { batch: number }): TaskInput<Out[], Batched<In>>;
export function items<In, Out>(schema: StandardSchema<In, Out>): TaskInput<Out, In>;
export function items<Item = unknown>(
  schema: JsonSchema | undefined,
  options: { batch: number },
): TaskInput<Item[], Batched<Item>>;
export function items<Item = unknown>(schema?: JsonSchema): TaskInput<Item, Item>;
export function items(schema?: TaskInput<unknown>['schema'], { batch }: { batch?: number } = {}): TaskInput<unknown> {
  if (batch !== undefined && !isWhole(batch, BATCH_MAX))
    throw new TypeError(`batch must be a whole number from 1 to ${BATCH_MAX}`);
  return Object.freeze({ form: 'items', schema, batch });
}

/** Each stored part of the input (512 KiB at most, no record in two of them) is a chunk: `compute` gets its records. */
export function ndjson<In, Out>(schema: StandardSchema<In, Out>): TaskInput<Out[], In>;
export function ndjson<Item = unknown>(schema?: JsonSchema): TaskInput<Item[], Item>;
export function ndjson(schema?: TaskInput<unknown>['schema']): TaskInput<unknown> {
  return Object.freeze({ form: 'ndjson', schema });
}

/**
 * As `ndjson`, of CSV whose first line names the columns: each record is an object of strings. Where the schema takes no string in a field, but a number, a whole number, `true` and
 * `false` or `null`, it gets that; an empty field that it cannot get is left out.
 */
export function csv<In, Out>(schema: StandardSchema<In, Out>): TaskInput<Out[], Record<string, string>>;
export function csv<Row = Record<string, string>>(schema?: JsonSchema): TaskInput<Row[], Record<string, string>>;
export function csv(schema?: TaskInput<unknown>['schema']): TaskInput<unknown> {
  return Object.freeze({ form: 'csv', schema });
}

/** As `ndjson`, of text: each record is a line that is not empty. */
export function lines(): TaskInput<string[], string> {
  return Object.freeze({ form: 'lines' });
}

/**
 * Each stored part of a file of records (512 KiB at most, no record in two of them) is a chunk, and `compute` gets its bytes, for task code that reads them itself. A part
 * of CSV is as it was sent: it begins with a byte order mark and the line that names the columns. A part of anything else is NDJSON, and never begins so.
 */
export function table(): TaskInput<Uint8Array, Record<string, unknown>> {
  return Object.freeze({ form: 'table' });
}

/** Each 512 KiB of the input, cut anywhere, is a chunk: `compute` gets its bytes. */
export function bytes(): TaskInput<Uint8Array, Uint8Array> {
  return Object.freeze({ form: 'bytes' });
}

export interface TaskDefinition<Params, Input, Output, Asked = Params, Item = unknown, Answer = Output> {
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
  /** What the chunks are cut from: `items`, `ndjson`, `csv`, `lines`, `table` or `bytes`. A job names what it has uploaded, or sends its items along. */
  input?: TaskInput<Input, Item>;
  /** Chunks used when the user names none; 16 unless given. Not with `input`, which makes them. */
  chunks?: number;
  /** Runs of one chunk before it is dead, unless the job sets another. */
  attempts?: number;
  /** Seconds one chunk may run before its signal aborts, and before its thread is ended, unless the job sets another. */
  softLimitSec?: number;
  hardLimitSec?: number;
  /** Megabytes of JavaScript objects a chunk may hold; one that wants more loses its thread. A worker of several kinds takes the largest. */
  memoryMb?: number;
  /** Chunks that one thread of each worker computes at once, for task code that waits; 1,000 at most. When left out, each slot has a thread and computes one. */
  concurrency?: number;
  /**
   * For code of strangers that `compute` and `merge` interpret: they run only in a process of the sandbox, which belongs to one job, has an empty environment, may read nothing
   * but its module's package and what that imports, and on hosts with bubblewrap has no network. Its module must export nothing else.
   */
  sandboxed?: true;
  /** The input of chunk `index` of `total`, without `input`; the index itself when left out. Cheap and pure: it runs again on every attempt. */
  split?(params: Params, index: number, total: number): Input;
  /**
   * Computes one chunk. Throw `ComputeRefused` when trying again cannot help, `RetryLater` when it helps only after a while; anything else thrown is
   * tried again, later each time.
   *
   * With `merge` it returns a partial. Without, a line of the results; with `batch` an array, with a line for each of the items, in their order.
   *
   * What it returns must be exactly a JSON value: `null`, booleans, finite numbers, strings, arrays without holes and plain objects of these, at most
   * 500 inside each other, and as JSON 512 KiB a line and 64 MiB a partial. `NaN`, infinities, `undefined` (also as a property: leave it out, or use `null`), BigInts, dates, maps,
   * sets, typed arrays and instances of classes are refused for good, with a sentence that names the path, because JSON would change them, and
   * partials travel as JSON between leases and stay values inside one. `-0` counts as `0`. Numbers keep all their digits.
   *
   * Return a new partial each time, or at least one that is not changed elsewhere: `merge` may change what it is given.
   */
  compute(input: Input, context: Context<Params>): Output | Promise<Output>;
  /**
   * Joins two partials into one that stands for the chunks of both. It must return it, at once (no promise), as a JSON value like those of `compute`.
   * Left out: there is no answer; what `compute` returns are the lines of the results, in the order of the chunks.
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
  merge?(left: Output, right: Output, params: NoInfer<Params>): Output;
  /** `merge` gets neighbours only, the earlier one on the left: it need be associative, not commutative. A job then waits longer for a slow chunk. */
  ordered?: true;
  /** The answer of a job without chunks; `null` when left out. */
  empty?: NoInfer<Answer>;
  /** Makes the answer of what is merged at the end, once and at once (no promise): an average of a sum and a count. `empty` does not go through it. */
  finish?(merged: Output, params: NoInfer<Params>): Answer;
}

const TASK = Symbol.for('manyhands.task');

/** A definition that a worker takes, with all that was left out. */
export type Task<Params = unknown, Input = unknown, Output = unknown, Asked = Params, Item = unknown, Answer = Output> = Readonly<
  TaskDefinition<Params, Input, Output, Asked, Item, Answer>
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

/** A record of the input of such a task, as it is sent. */
export type ItemOf<Of> =
  Of extends Task<infer _P, infer _I, infer _R, infer _S, infer Item, infer _A>
    ? Item extends Batched<infer One>
      ? One
      : Item
    : never;

/** A line of the results of such a task. */
export type LineOf<Of> =
  Of extends Task<infer _P, infer _I, infer Output, infer _S, infer Item, infer _A>
    ? Item extends Batched<unknown>
      ? Output extends readonly (infer Line)[]
        ? Line
        : never
      : Output
    : never;

const VERSION_MAX = 999;
/** As `limits.inputBatchMax`. */
export const BATCH_MAX = 10_000;
/** What a job may ask for at most. */
export const ATTEMPTS_MAX = 10;
export const LIMIT_SEC_MAX = 86_400;
/** As `limits.concurrencyMax`. */
export const CONCURRENCY_MAX = 1_000;

/** Checks a definition and marks it as a task. Throws a sentence that states what to change. */
export function defineTask<
  Params = Record<string, unknown>,
  Input = number,
  Output = unknown,
  Asked = Params,
  Item = unknown,
  Answer = Output,
>(definition: TaskDefinition<Params, Input, Output, Asked, Item, Answer>): Task<Params, Input, Output, Asked, Item, Answer> {
  const { name, version = 1, chunks = 16 } = definition;
  if (!/^[a-z][a-z0-9-]{0,26}$/.test(name))
    throw new TypeError(`task name "${name}" must be 1 to 27 lower-case letters, digits or "-", starting with a letter`);
  const flaw = numberFlaw(definition as AnyDefinition) ?? shapeFlaw(definition as AnyDefinition);
  if (flaw !== undefined) throw new TypeError(`task ${name}: ${flaw}`);
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

type AnyDefinition = TaskDefinition<unknown, unknown, unknown>;

function numberFlaw(definition: AnyDefinition): string | undefined {
  const {
    name,
    version = 1,
    chunks = 1,
    attempts = 1,
    memoryMb = 1,
    concurrency = 1,
    softLimitSec = 1,
    hardLimitSec = 1,
  } = definition;
  if (/-v\d+$/.test(name)) return 'its name must not end in -v and a number; that is what "version" makes of it';
  if (!isWhole(version, VERSION_MAX)) return `version must be a whole number from 1 to ${VERSION_MAX}`;
  if (!isWhole(chunks, Infinity)) return 'chunks must be a whole number from 1';
  if (!isWhole(attempts, ATTEMPTS_MAX)) return `attempts must be a whole number from 1 to ${ATTEMPTS_MAX}`;
  if (!isWhole(memoryMb, Infinity)) return 'memoryMb must be a whole number from 1';
  if (!isWhole(concurrency, CONCURRENCY_MAX)) return `concurrency must be a whole number from 1 to ${CONCURRENCY_MAX}`;
  for (const [part, seconds] of Object.entries({ softLimitSec, hardLimitSec }))
    if (!(seconds > 0 && seconds <= LIMIT_SEC_MAX)) return `${part} must be a number above 0, and at most ${LIMIT_SEC_MAX}`;
  if ((definition.softLimitSec ?? 0) > (definition.hardLimitSec ?? Infinity))
    return 'softLimitSec must not be more than hardLimitSec';
  return undefined;
}

/** Where its chunks come from, and what becomes of what they return. */
function shapeFlaw(definition: AnyDefinition): string | undefined {
  const { compute, merge, split, finish, input, chunks, ordered, empty, sandboxed, concurrency } = definition;
  if (sandboxed && concurrency !== undefined)
    return 'sandboxed and concurrency exclude each other: chunks of a sandboxed task run one by one in a process';
  if (typeof compute !== 'function') return 'compute must be a function';
  for (const [part, code] of Object.entries({ merge, split, finish }))
    if (code !== undefined && typeof code !== 'function') return `${part} must be a function`;
  if (input !== undefined) {
    if (typeof input !== 'object' || !FORMS.includes(input.form))
      return 'input must be what items(), ndjson(), csv(), lines(), table() or bytes() returns';
    if (split !== undefined) return 'split and input exclude each other: the chunks are cut from the input';
    if (chunks !== undefined) return 'chunks and input exclude each other: the input states how many there are';
  }
  if (merge !== undefined) return undefined;
  if (ordered !== undefined) return 'ordered needs a merge; without one its results are lines, which are in order';
  if (finish !== undefined) return 'finish needs a merge; without one there is no answer, and its results are lines';
  if (empty !== undefined) return 'empty needs a merge; without one there is no answer, and its results are lines';
  return undefined;
}

const FORMS: readonly string[] = ['items', 'ndjson', 'csv', 'lines', 'table', 'bytes'] satisfies TaskInput<unknown>['form'][];

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
