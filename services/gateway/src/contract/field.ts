/**
 * `@Field(schema)`: one field of what comes in from outside. What it may be is written once, in the contract's schema: it is checked here, and the API's
 * description shows it.
 *
 * Two kinds of schema, and why. Messages on NATS and the answers of the API are schemas of zod (`proto/src/messages`, `proto/src/rest`): they are written by
 * our own processes, read in every room and also by the SDK, and one that does not fit is a fault, of which the first line is enough. A request is written by a
 * stranger: it gets everything that is wrong, ten problems at most, each with its place and a type, and 400 apart from 422. So it is read into a
 * DTO, a class whose checks are made from the same schemas. No limit of a request is written a second time.
 *
 * The rule: a value of another type or form is a problem of its field (422); a number outside its range is a sentence (400).
 */
import { ApiProperty } from '@nestjs/swagger';
import { z } from 'zod';
import { type FieldProblem } from '../edge/problem.ts';

/** What the description adds to the schema. */
export interface About {
  description?: string;
  default?: unknown;
  example?: unknown;
  examples?: unknown[];
  /** What the numbers of a range are, as in "between 0.1 and 86400 seconds". */
  unit?: string;
  /** A body without it is refused; see `readBody`. */
  required?: true;
  /** What is answered to a text of another form; else what the schema answers. */
  problem?: string;
}

/** JSON Schema of a field, as far as fields here use it. */
export interface FieldSchema {
  type?: string;
  enum?: string[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  format?: string;
  [more: string]: unknown;
}

/** What is wrong with a value: a number out of its range, or a problem of its type or form. */
type Fault = { outOfRange: string } | { msg: string; type: FieldProblem['type'] };
type Check = (value: unknown) => Fault | undefined;

interface KnownField {
  described: FieldSchema;
  check: Check;
}

/** By class, in the order of their fields. */
const fields = new WeakMap<object, Map<string, KnownField>>();

/** A field of a DTO; every field may be left out. */
export function Field(schema: z.ZodType, about: About = {}): PropertyDecorator {
  const { $schema: _, ...shape } = z.toJSONSchema(schema, { unrepresentable: 'any' }) as FieldSchema;
  const { unit, problem = sentenceOf(schema), ...shown } = about;
  return (target, property) =>
    remember(target, property, { described: { ...shape, ...shown }, check: checkOf(String(property), shape, problem, unit) });
}

/** A field that is described here, and checked where more is known. */
export function OpenField(described: FieldSchema): PropertyDecorator {
  return (target, property) => remember(target, property, { described, check: () => undefined });
}

function remember(target: object, property: string | symbol, field: KnownField): void {
  fields.set(target, (fields.get(target) ?? new Map<string, KnownField>()).set(String(property), field));
  ApiProperty({ required: false, ...field.described } as Parameters<typeof ApiProperty>[0])(target, property);
}

/** The fields of a DTO and what each may be; those it inherits come last. */
export function fieldsOf(dto: new () => object): ReadonlyMap<string, FieldSchema> {
  return new Map([...knownFields(dto.prototype as object)].map(([name, { described }]) => [name, described]));
}

function knownFields(prototype: object): ReadonlyMap<string, KnownField> {
  const all = new Map<string, KnownField>();
  for (let part: object | null = prototype; part !== null; part = Object.getPrototypeOf(part) as object | null)
    for (const [name, field] of fields.get(part) ?? []) all.set(name, all.get(name) ?? field);
  return all;
}

/** What is wrong with a DTO: fields that are not of their type or form, and the first number out of its range. */
export interface Checked {
  problems: FieldProblem[];
  outOfRange: string | undefined;
}

export function checkFields(dto: object, place: 'body' | 'query'): Checked {
  const checked: Checked = { problems: [], outOfRange: undefined };
  for (const [name, { check }] of knownFields(Object.getPrototypeOf(dto) as object)) {
    const value = (dto as Record<string, unknown>)[name];
    const fault = value === undefined || value === null ? undefined : check(value);
    if (fault === undefined) continue;
    if ('outOfRange' in fault) checked.outOfRange ??= fault.outOfRange;
    else checked.problems.push({ loc: [place, name], ...fault });
  }
  return checked;
}

/** Of a value that is there. Throws when the class is made for a schema that no check is known for. */
function checkOf(name: string, shape: FieldSchema, problem: string, unit?: string): Check {
  const { type, enum: choices, minimum = 0, maximum = 0 } = shape;
  if (choices !== undefined) {
    const fault: Fault = { msg: `must be one of ${choices.join(', ')}`, type: 'enum' };
    return (value) => (choices.includes(value as string) ? undefined : fault);
  }
  if (type === 'object')
    return (value) =>
      typeof value === 'object' && !Array.isArray(value) ? undefined : { msg: 'must be a JSON object', type: 'object_type' };
  if (type === 'integer' || type === 'number') {
    const outOfRange = `${name} must be between ${minimum} and ${maximum}${unit === undefined ? '' : ` ${unit}`}.`;
    const fault: Fault =
      type === 'integer' ? { msg: 'must be a whole number', type: 'int_type' } : { msg: 'must be a number', type: 'float_type' };
    const isNumber = type === 'integer' ? Number.isInteger : Number.isFinite;
    return (value) => {
      if (!isNumber(value)) return fault;
      return (value as number) < minimum || (value as number) > maximum ? { outOfRange } : undefined;
    };
  }
  if (type === 'string') return (value) => faultOfText(value, shape, problem);
  throw new Error(`a field cannot be ${JSON.stringify(shape)}`);
}

/** Lengths are counted in characters, as JSON Schema does: one outside the first plane is one. */
function faultOfText(value: unknown, shape: FieldSchema, problem: string): Fault | undefined {
  const { minLength = 0, maxLength = Infinity, pattern, format } = shape;
  if (typeof value !== 'string') return { msg: 'must be a string', type: 'string_type' };
  const length = [...value].length;
  if (length < minLength) return { msg: `must be at least ${minLength} characters`, type: 'string_too_short' };
  if (length > maxLength) return { msg: `must be at most ${maxLength} characters`, type: 'string_too_long' };
  if (pattern !== undefined && !new RegExp(pattern).test(value))
    return { msg: problem, type: format === 'date-time' ? 'datetime_type' : 'string_pattern' };
  return undefined;
}

/** What the schema answers to a text that does not fit. */
function sentenceOf(schema: z.ZodType): string {
  return schema.safeParse('\u0000').error?.issues[0]?.message ?? 'is not valid';
}
