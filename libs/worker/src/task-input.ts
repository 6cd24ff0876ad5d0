/** What the chunks of a job are cut from, as a type: `task.ts` has the functions that make one. */
import type { JsonSchema, StandardSchema } from './standard-schema.ts';

/** Marks, in types, a record of an input that `compute` gets in batches. */
export interface Batched<Item> {
  readonly '~batched': Item;
}

/** What the chunks of a job are cut from: made by `items`, `ndjson`, `csv`, `lines`, `table` or `bytes`. `compute` gets an `Input`; an `Item` is a record as it is sent. */
export interface TaskInput<Input, Item = unknown> {
  readonly form: 'items' | 'ndjson' | 'csv' | 'lines' | 'table' | 'bytes';
  readonly schema?: StandardSchema<unknown, unknown> | JsonSchema | undefined;
  readonly batch?: number | undefined;
  /** Never there; names the types. */
  readonly '~types'?: { readonly input: Input; readonly item: Item };
}
