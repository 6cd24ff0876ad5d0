/**
 * What a client knows of a task by its type alone: `client.map<typeof thumbnails>('thumbnails', …)` with an `import type`, so that no task code, and no schema
 * library, is part of the client.
 *
 * Read from the shape of what `defineTask` returns, not from its name, because this package is smaller than the one that has it.
 */

/** A definition, as far as the client reads it when it is given one. */
export interface TaskLike {
  readonly name: string;
  readonly version: number;
  /** A schema of a library checks them before they are sent. */
  readonly params?: unknown;
  readonly input?: { readonly schema?: unknown } | undefined;
  compute(input: never, context: never): unknown;
}

/** The parameters of a job of the task, as they are sent. */
export type ParamsOf<T> = T extends { readonly example: infer Asked } ? Asked : Record<string, unknown>;

/** One record of the task's input, as it is sent. */
export type ItemOf<T> = SentAs<T> extends { readonly '~batched': infer One } ? One : SentAs<T>;

/** What the task code returns for an item: one line. */
export type LineOf<T> = T extends { compute(input: never, context: never): infer Output }
  ? SentAs<T> extends { readonly '~batched': unknown }
    ? Awaited<Output> extends readonly (infer Line)[]
      ? Line
      : unknown
    : Awaited<Output>
  : unknown;

/** The answer of a job of the task that merges. */
export type AnswerOf<T> = T extends { readonly finish?: infer Finish }
  ? NonNullable<Finish> extends (merged: never, params: never) => infer Answer
    ? Answer
    : unknown
  : unknown;

type SentAs<T> = T extends { readonly input?: infer Input }
  ? NonNullable<Input> extends { readonly '~types'?: infer Types }
    ? NonNullable<Types> extends { readonly item: infer Item }
      ? Item
      : unknown
    : unknown
  : unknown;

/** Parameters may be left out where none is required. */
export type ParamsAnd<T, Options> =
  Record<never, never> extends ParamsOf<T> ? [params?: ParamsOf<T>, options?: Options] : [params: ParamsOf<T>, options?: Options];

/** The name that a job is submitted under. */
export function kindOf(task: string | TaskLike): string {
  if (typeof task === 'string') return task;
  return task.version > 1 ? `${task.name}-v${task.version}` : task.name;
}

interface Standard {
  readonly validate: (value: unknown) => Verdict | Promise<Verdict>;
}
interface Verdict {
  readonly issues?: readonly { readonly message: string; readonly path?: readonly unknown[] | undefined }[] | undefined;
}

/** Holds a value against a schema that implements Standard Schema; any other is held against it where it arrives. Throws a sentence. */
export function checkValue(schema: unknown, value: unknown, what: string): void {
  const standard = (schema as { readonly '~standard'?: Standard } | undefined)?.['~standard'];
  const verdict = standard?.validate(value);
  if (verdict === undefined || verdict instanceof Promise) return;
  const [issue] = verdict.issues ?? [];
  if (issue === undefined) return;
  const path = (issue.path ?? []).map((part) => String((part as { key?: unknown } | null)?.key ?? part)).join('.');
  throw new TypeError(`${what} do not fit: ${path === '' ? '' : `${path}: `}${issue.message}`);
}
