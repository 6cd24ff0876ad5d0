/**
 * `@Field(schema)`: one field of what comes in from outside. What it may be is written once, in the contract's schema: class-validator checks it, and the
 * API's description shows it.
 *
 * Two kinds of schema, and why. Messages on NATS and the answers of the API are schemas of zod (`proto/src/messages`, `proto/src/rest`): they are written by
 * our own processes, read in every room and also by the SDK, and one that does not fit is a fault, of which the first line is enough. A request is written by a
 * stranger: it gets everything that is wrong, ten problems at most, each with its place and a type, and 400 apart from 422. So it is read into a
 * DTO, a class with checks of class-validator, and those checks are made from the same schemas. No limit of a request is written a second time.
 *
 * The rule: a value of another type or form is a problem of its field (422); a number outside its range is a sentence (400).
 */
import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import {
  IsIn,
  IsInt,
  IsNumber,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  validateSync,
  type ValidationError,
} from 'class-validator';
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

/** By class, in the order of their fields. */
const fields = new WeakMap<object, Map<string, FieldSchema>>();

/** A field of a DTO; every field may be left out. */
export function Field(schema: z.ZodType, about: About = {}): PropertyDecorator {
  const { $schema: _, ...shape } = z.toJSONSchema(schema, { unrepresentable: 'any' }) as FieldSchema;
  const { unit, problem = sentenceOf(schema), ...shown } = about;
  const described: FieldSchema = { ...shape, ...shown };
  return (target, property) => {
    remember(target, property, described);
    applyDecorators(IsOptional(), ...checksOf(String(property), shape, problem, unit))(target, property);
  };
}

/** A field that is described here, and checked where more is known. */
export function OpenField(described: FieldSchema): PropertyDecorator {
  return (target, property) => remember(target, property, described);
}

function remember(target: object, property: string | symbol, described: FieldSchema): void {
  fields.set(target, (fields.get(target) ?? new Map<string, FieldSchema>()).set(String(property), described));
  ApiProperty({ required: false, ...described } as Parameters<typeof ApiProperty>[0])(target, property);
}

/** The fields of a DTO and what each may be; those it inherits come last. */
export function fieldsOf(dto: new () => object): ReadonlyMap<string, FieldSchema> {
  const all = new Map<string, FieldSchema>();
  for (let part = dto.prototype as object | null; part !== null; part = Object.getPrototypeOf(part) as object | null)
    for (const [name, field] of fields.get(part) ?? []) all.set(name, all.get(name) ?? field);
  return all;
}

/** What is wrong with a DTO: fields that are not of their type or form, and the first number out of its range. */
export interface Checked {
  problems: FieldProblem[];
  outOfRange: string | undefined;
}

export function checkFields(dto: object, place: 'body' | 'query'): Checked {
  const errors = validateSync(dto, { stopAtFirstError: true });
  const ranges = errors.filter(isOutOfRange);
  return {
    problems: errors.filter((error) => !isOutOfRange(error)).map((error) => problemOf(error, place)),
    outOfRange: ranges[0] && Object.values(ranges[0].constraints ?? {})[0],
  };
}

function isOutOfRange({ constraints = {} }: ValidationError): boolean {
  return constraints['min'] !== undefined || constraints['max'] !== undefined;
}

function problemOf({ property, constraints = {}, contexts = {} }: ValidationError, place: string): FieldProblem {
  const [[constraint, msg] = ['', 'is not valid']] = Object.entries(constraints);
  return { loc: [place, property], msg, type: (contexts[constraint] as { type: FieldProblem['type'] }).type };
}

/** In the order in which they are to fail: the type first. */
function checksOf(name: string, shape: FieldSchema, problem: string, unit?: string): PropertyDecorator[] {
  const { type, enum: choices, minimum = 0, maximum = 0, minLength, maxLength, pattern, format } = shape;
  const saying = (message: string, problem: FieldProblem['type']) => ({ message, context: { type: problem } });
  if (choices !== undefined) return [IsIn(choices, saying(`must be one of ${choices.join(', ')}`, 'enum'))];
  if (type === 'object') return [IsObject(saying('must be a JSON object', 'object_type'))];
  if (type === 'integer' || type === 'number') {
    const range = { message: `${name} must be between ${minimum} and ${maximum}${unit === undefined ? '' : ` ${unit}`}.` };
    const isNumber =
      type === 'integer'
        ? IsInt(saying('must be a whole number', 'int_type'))
        : IsNumber({}, saying('must be a number', 'float_type'));
    return [isNumber, Min(minimum, range), Max(maximum, range)];
  }
  if (type !== 'string') throw new Error(`a field cannot be ${JSON.stringify(shape)}`);
  return [
    IsString(saying('must be a string', 'string_type')),
    ...(minLength === undefined
      ? []
      : [MinLength(minLength, saying(`must be at least ${minLength} characters`, 'string_too_short'))]),
    ...(maxLength === undefined
      ? []
      : [MaxLength(maxLength, saying(`must be at most ${maxLength} characters`, 'string_too_long'))]),
    ...(pattern === undefined
      ? []
      : [Matches(new RegExp(pattern), saying(problem, format === 'date-time' ? 'datetime_type' : 'string_pattern'))]),
  ];
}

/** What the schema answers to a text that does not fit. */
function sentenceOf(schema: z.ZodType): string {
  return schema.safeParse('\u0000').error?.issues[0]?.message ?? 'is not valid';
}
