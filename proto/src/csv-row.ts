/**
 * What the fields of a row of CSV are read as: one rule for the gateway, which checks records of an upload, and for workers. Pure.
 *
 *   the JSON Schema of the row takes a text in the field, or does not name it ──▶ the text, as it is
 *   it takes a number or a whole number ──▶ the number that is written there, if it keeps all its digits
 *   it takes `true` and `false` ──▶ these, in letters of either case
 *   it takes nothing of that, and the field is empty ──▶ null where that is allowed, else the row has no such field
 *
 * Invariant: what is none of that stays a text, so the schema refuses it and names it.
 */
import { exactIfWhole, NUMBER } from './json-number.ts';

type Row = Readonly<Record<string, string>>;
export type ReadRow = { is: 'read'; row: Record<string, unknown> } | { is: 'refused'; why: string };

type JsonType = 'string' | 'number' | 'integer' | 'boolean' | 'null' | 'object' | 'array';
/** Undefined: of any. */
type Types = ReadonlySet<JsonType> | undefined;
type Schema = Readonly<Record<string, unknown>>;

/** References and parts of a schema inside each other that are followed. */
const DEPTH_MAX = 12;

/** Reads rows for a JSON Schema (draft 2020-12) of one. Never throws; nor does what it returns. */
export function rowReader(schema: object): (row: Row) => ReadRow {
  const known = new Map<string, Types>();
  const typesOf = (column: string): Types => {
    if (!known.has(column)) known.set(column, typesOfColumn(schema, column, schema as Schema, 0));
    return known.get(column);
  };
  return (row) => {
    const read: Record<string, unknown> = {};
    for (const [column, text] of Object.entries(row)) {
      const types = typesOf(column);
      const isText = types === undefined || types.has('string') || typeof text !== 'string';
      const value = isText ? text : valueOf(text, types);
      if (value instanceof Rounded) return { is: 'refused', why: `${column}: ${value.why}` };
      if (value !== undefined) read[column] = value;
    }
    return { is: 'read', row: read };
  };
}

class Rounded {
  readonly why: string;

  constructor(why: string) {
    this.why = why;
  }
}

/** Undefined: the row has no such field. */
function valueOf(text: string, types: ReadonlySet<JsonType>): unknown {
  const bare = text.trim();
  if (bare === '') return types.has('null') ? null : undefined;
  if (types.has('boolean') && /^(?:true|false)$/i.test(bare)) return bare.toLowerCase() === 'true';
  if (!types.has('number') && !types.has('integer')) return text;
  NUMBER.lastIndex = 0;
  if (NUMBER.exec(bare)?.[0] !== bare) return text;
  const number = exactIfWhole(bare);
  return typeof number === 'string' ? new Rounded(number) : number;
}

/** Which types a schema of rows allows in a column. */
function typesOfColumn(schema: unknown, column: string, root: Schema, depth: number): Types {
  if (!isSchema(schema) || depth > DEPTH_MAX) return undefined;
  const named = own(schema['properties'], column) ?? own(schema, 'additionalProperties');
  return [
    named === undefined ? undefined : typesOf(named, root, depth + 1),
    typesOfColumn(target(schema, root), column, root, depth + 1),
    ...listed(schema['allOf']).map((part) => typesOfColumn(part, column, root, depth + 1)),
    ...['anyOf', 'oneOf'].map((choice) =>
      // A row of one form need not have the columns of another.
      union(
        listed(schema[choice])
          .map((part) => typesOfColumn(part, column, root, depth + 1))
          .filter((types) => types !== undefined),
      ),
    ),
  ].reduce<Types>(both, undefined);
}

/** Which types a schema allows. */
function typesOf(schema: unknown, root: Schema, depth: number): Types {
  if (!isSchema(schema) || depth > DEPTH_MAX) return undefined;
  const { type, enum: values, allOf } = schema;
  return [
    type === undefined ? undefined : new Set([type].flat() as JsonType[]),
    'const' in schema ? new Set([typeOf(schema['const'])]) : undefined,
    Array.isArray(values) ? new Set(values.map(typeOf)) : undefined,
    typesOf(target(schema, root), root, depth + 1),
    ...listed(allOf).map((part) => typesOf(part, root, depth + 1)),
    ...['anyOf', 'oneOf'].map((choice) => union(listed(schema[choice]).map((part) => typesOf(part, root, depth + 1)))),
  ].reduce<Types>(both, undefined);
}

/** Of a choice: undefined where one of them is, or where there is none. */
function union(choices: readonly Types[]): Types {
  if (choices.length === 0 || choices.includes(undefined)) return undefined;
  return new Set(choices.flatMap((types) => [...types!]));
}

function both(one: Types, other: Types): Types {
  if (one === undefined || other === undefined) return one ?? other;
  return new Set([...withWhole(one)].filter((type) => withWhole(other).has(type)));
}

/** A whole number is a number. */
function withWhole(types: ReadonlySet<JsonType>): ReadonlySet<JsonType> {
  return types.has('number') ? new Set<JsonType>([...types, 'integer']) : types;
}

function typeOf(value: unknown): JsonType {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value as JsonType;
}

/** What `$ref` names in the schema itself. */
function target({ $ref: ref }: Schema, root: Schema): unknown {
  if (typeof ref !== 'string' || !ref.startsWith('#')) return undefined;
  const path = ref.slice(1).split('/').slice(1);
  return path.reduce<unknown>((at, key) => own(at, key.replaceAll('~1', '/').replaceAll('~0', '~')), root);
}

function own(value: unknown, key: string): unknown {
  return isSchema(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function listed(parts: unknown): readonly unknown[] {
  return Array.isArray(parts) ? parts : [];
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null;
}
