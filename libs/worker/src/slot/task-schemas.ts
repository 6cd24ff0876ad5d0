/**
 * The schemas of a task's parameters and of the records of its input: as JSON Schema for its card, and as the reader of what is sent.
 *
 * Invariant: no schema library is imported; every schema that implements Standard Schema and Standard JSON Schema is accepted. What a library's schema
 * accepts is what its *input* form states, so fields with defaults may be left out.
 */
import { rowReader } from '@manyhands/proto/csv-row';
import type { JsonSchema, StandardIssue, StandardSchema } from '../standard-schema.ts';
import type { Task } from '../task.ts';
import { messageOf } from './kernel-error.ts';
import { checkPlainSchema, plainCheck } from './plain-schema.ts';

type ParamsTask = Pick<Task, 'name' | 'params' | 'example'>;
type InputTask = Pick<Task, 'name' | 'input'>;
/** As they are called in errors. */
type What = 'params' | 'records';
type Schema = StandardSchema<unknown, unknown>;
type Converting = { readonly jsonSchema?: { readonly input?: (options: { target: 'draft-2020-12' }) => unknown } };

export type ReadParams = { is: 'read'; params: unknown } | { is: 'refused'; why: string };

const ISSUES_MAX = 3;
const WHY_LENGTH_MAX = 500;

/** Throws a sentence that states what to change when there is no JSON Schema of them, or they are validated asynchronously. */
export function paramsSchemaOf(task: ParamsTask): JsonSchema {
  const schema = standardOf(task.params);
  if (schema === undefined) return objectSchema(task, plainCopy(task, 'params', task.params));
  return objectSchema(task, closed(jsonSchemaOf(task, 'params', schema, [task.example, {}])));
}

/**
 * Of the records of an input as they are sent; undefined when they may be anything. Fields that it does not name are allowed: data has more of them than a task needs.
 * A library's schema may make more of a text of CSV than its JSON Schema states: only the schema itself can check it. Throws as `paramsSchemaOf`.
 */
export function recordSchemaOf({ name, input }: InputTask): JsonSchema | undefined {
  if (input?.schema === undefined) return undefined;
  const schema = standardOf(input.schema);
  const json = schema === undefined ? plainRecords({ name }, input.schema) : jsonSchemaOf({ name }, 'records', schema, [{}]);
  return input.form === 'csv' && schema !== undefined ? undefined : json;
}

/** What the task code gets of the parameters a job sent. Never throws. */
export function readParams({ params: schema }: Pick<Task, 'params'>, sent: unknown): ReadParams {
  return read(schema, 'params', sent, (params) => ({ is: 'read', params }));
}

type ReadRecord = { is: 'read'; record: unknown } | { is: 'refused'; why: string };
/** What the task code gets of one record. Never throws. */
type RecordReader = (sent: unknown) => ReadRecord;
type RecordSchema = NonNullable<NonNullable<Task['input']>['schema']>;

const readers = { values: new WeakMap<RecordSchema, RecordReader>(), rows: new WeakMap<RecordSchema, RecordReader>() };

/** `areRows`: records are objects of texts, from CSV, that the schema may take as numbers. Made once for a schema. Never throws. */
export function recordReader(schema: RecordSchema, areRows: boolean): RecordReader {
  const made = areRows ? readers.rows : readers.values;
  let reader = made.get(schema);
  if (reader === undefined) made.set(schema, (reader = areRows ? readerOfRows(schema) : readerOfValues(schema)));
  return reader;
}

function readerOfValues(schema: RecordSchema): RecordReader {
  if (standardOf(schema) !== undefined) return (sent) => read(schema, 'records', sent, (record) => ({ is: 'read', record }));
  let check: ReturnType<typeof plainCheck> | undefined;
  return (sent) => {
    try {
      const why = (check ??= plainCheck(schema))(sent);
      return why === undefined ? { is: 'read', record: sent } : { is: 'refused', why: why.slice(0, WHY_LENGTH_MAX) };
    } catch (thrown) {
      return threw('records', messageOf(thrown));
    }
  };
}

function readerOfRows(schema: RecordSchema): RecordReader {
  const ofValues = recordReader(schema, false);
  const standard = standardOf(schema);
  let json: unknown;
  try {
    json = standard === undefined ? schema : inputSchema(standard);
  } catch {
    // Without one nothing is known but texts.
    return ofValues;
  }
  const ofRow = rowReader(json as object);
  return (sent) => {
    if (typeof sent !== 'object' || sent === null) return ofValues(sent);
    const row = ofRow(sent as Record<string, string>);
    return row.is === 'read' ? ofValues(row.row) : row;
  };
}

function threw(what: What, why: string): { is: 'refused'; why: string } {
  return { is: 'refused', why: `the schema of the ${what} threw: ${why}`.slice(0, WHY_LENGTH_MAX) };
}

function read<Read>(
  schema: unknown,
  what: What,
  sent: unknown,
  made: (value: unknown) => Read,
): Read | { is: 'refused'; why: string } {
  const standard = standardOf(schema);
  if (standard === undefined) return made(sent);
  const result = attempt(standard, sent);
  if (result instanceof Failure) return threw(what, result.why);
  if (isPromise(result)) return { is: 'refused', why: asynchronous(what) };
  if (result.issues === undefined) return made(result.value);
  const told = result.issues.slice(0, ISSUES_MAX).map(sentenceOf).join('; ');
  const more = result.issues.length - ISSUES_MAX;
  return { is: 'refused', why: `${told}${more > 0 ? `; and ${more} more` : ''}`.slice(0, WHY_LENGTH_MAX) };
}

function jsonSchemaOf(
  task: Pick<Task, 'name'>,
  what: What,
  schema: Schema,
  examples: readonly unknown[],
): Record<string, unknown> {
  for (const example of examples)
    if (isPromise(attempt(schema, example))) throw new TypeError(`task ${task.name}: ${asynchronous(what)}`);
  const { vendor, jsonSchema } = schema['~standard'] as Schema['~standard'] & Converting;
  if (typeof jsonSchema?.input !== 'function')
    throw new TypeError(
      `task ${task.name}: its ${what} are a schema of ${vendor} that has no JSON Schema of itself; use zod from 4.2, arktype from 2.1.28, valibot through toStandardJsonSchema, or a plain JSON Schema`,
    );
  return plainCopy(task, what, converted(task, what, schema));
}

function asynchronous(what: What): string {
  return `its ${what} are validated asynchronously, which cannot be done for each ${what === 'params' ? 'lease' : 'record'}; take the asynchronous part out of the schema and do it in compute`;
}

class Failure {
  readonly why: string;

  constructor(thrown: unknown) {
    this.why = messageOf(thrown);
  }
}

function attempt(schema: Schema, value: unknown) {
  try {
    const result = schema['~standard'].validate(value);
    // No caller waits for it, so its failure would not be noticed.
    if (isPromise(result)) result.catch(() => undefined);
    return result;
  } catch (thrown) {
    return new Failure(thrown);
  }
}

function standardOf(schema: unknown): Schema | undefined {
  const isObject = (typeof schema === 'object' && schema !== null) || typeof schema === 'function';
  return isObject && '~standard' in schema ? (schema as Schema) : undefined;
}

function converted({ name }: Pick<Task, 'name'>, what: What, schema: Schema): unknown {
  try {
    return inputSchema(schema);
  } catch (thrown) {
    const [path, message] = culpritOf(schema, [], messageOf(thrown));
    const field = path.length === 0 ? `its ${what}` : `field "${path.join('.')}" of its ${what}`;
    throw new TypeError(`task ${name}: ${field} cannot be written in JSON Schema (${message}); ${adviceFor(message)}`, {
      cause: thrown,
    });
  }
}

function inputSchema(schema: Schema): unknown {
  return (schema['~standard'] as Converting).jsonSchema!.input!({ target: 'draft-2020-12' });
}

/** The innermost field that cannot be converted by itself, as far as the library shows its fields. */
function culpritOf(schema: unknown, path: readonly string[], message: string): [path: readonly string[], message: string] {
  const { shape, element } = schema as { shape?: Record<string, unknown>; element?: unknown };
  const fields = [...Object.entries(shape ?? {}), ...(element === undefined ? [] : [['[]', element] as const])];
  for (const [name, field] of fields) {
    const inner = standardOf(field);
    if (inner === undefined) continue;
    try {
      inputSchema(inner);
    } catch (thrown) {
      return culpritOf(inner, [...path, name], messageOf(thrown));
    }
  }
  return [path, message];
}

function adviceFor(message: string): string {
  const [, advice] = ADVICE.find(([about]) => about.test(message)) ?? [];
  return advice ?? 'use a type that JSON has: string, number, boolean, array or object';
}

const ADVICE: readonly (readonly [about: RegExp, advice: string])[] = [
  [/date/i, 'take a string in ISO 8601 (z.iso.datetime() or z.iso.date() in zod) and make a Date of it in compute'],
  [/bigint/i, 'take a string of digits and make a BigInt of it in compute'],
  [/\bmap\b/i, 'take an object (z.record in zod)'],
  [/\bset\b/i, 'take an array'],
];

/** A plain schema of records is what they are held against here: what is wrong with it shows when its kind is loaded. */
function plainRecords(task: Pick<Task, 'name'>, schema: unknown): Record<string, unknown> {
  const json = plainCopy(task, 'records', schema);
  try {
    checkPlainSchema(json);
  } catch (cause) {
    throw new TypeError(`task ${task.name}: the schema of its records cannot be used: ${messageOf(cause)}`, { cause });
  }
  return json;
}

/** As values of their own, which can leave the thread. */
function plainCopy({ name }: Pick<Task, 'name'>, what: What, schema: unknown): Record<string, unknown> {
  try {
    return JSON.parse(JSON.stringify(schema)) as Record<string, unknown>;
  } catch (cause) {
    throw new TypeError(`task ${name}: the schema of its ${what} is not JSON: ${messageOf(cause)}`, { cause });
  }
}

function objectSchema({ name }: ParamsTask, schema: Record<string, unknown>): JsonSchema {
  const { type } = schema;
  if (type !== undefined && type !== 'object')
    throw new TypeError(`task ${name}: its params must be an object, and their schema is of ${JSON.stringify(type)}`);
  return schema;
}

/** With unknown fields refused, where that is known: fields may stand in parts of a schema that is put together. */
function closed(schema: Record<string, unknown>): Record<string, unknown> {
  const isOpen = ['additionalProperties', 'unevaluatedProperties', 'allOf', 'anyOf', 'oneOf', '$ref'].some(
    (key) => key in schema,
  );
  return isOpen || schema['type'] !== 'object' ? schema : { ...schema, additionalProperties: false };
}

function sentenceOf({ message, path = [] }: StandardIssue): string {
  const keys = path.map((part) => (typeof part === 'object' ? part.key : part));
  return keys.length === 0 ? message : `${keys.map(String).join('.')}: ${message}`;
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}
