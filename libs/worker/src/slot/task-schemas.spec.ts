import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineTask, type StandardSchema, type TaskDefinition, type Task } from '../task.ts';
import { paramsSchemaOf, readParams } from './task-schemas.ts';

const rest = { name: 'demo', compute: () => 1, merge: () => 1 };
const taskOf = (params: TaskDefinition<never, number, number, never>['params']) => defineTask({ ...rest, params }) as Task;

/** A schema of a library, by hand. */
function aStandard(
  validate: (value: unknown) => unknown,
  jsonSchema: object | null = { input: () => ({ type: 'object', properties: {} }) },
): StandardSchema<never, never> {
  return { '~standard': { version: 1, vendor: 'handmade', validate, ...(jsonSchema && { jsonSchema }) } } as never;
}

describe('the card of a task', () => {
  it('says what users may send: fields with defaults may be left out, unknown ones are refused', () => {
    const params = z.object({
      width: z.int().min(16).default(320),
      from: z.string().transform(Number),
      inner: z.object({ a: z.string() }).optional(),
    });
    expect(paramsSchemaOf(taskOf(params as never))).toMatchObject({
      type: 'object',
      properties: { width: { type: 'integer', minimum: 16, default: 320 }, from: { type: 'string' } },
      required: ['from'],
      additionalProperties: false,
    });
  });

  it.each([
    [z.looseObject({ a: z.string() }), {}],
    [z.strictObject({ a: z.string() }), false],
    [z.object({ a: z.string() }).catchall(z.int()), { type: 'integer' }],
    [z.record(z.string(), z.string()), { type: 'string' }],
  ])('leaves alone a schema that says what becomes of unknown fields', (params, additional) => {
    const schema = paramsSchemaOf(taskOf(params as never));
    expect(schema['additionalProperties']).toEqual(additional === false ? false : expect.objectContaining(additional));
  });

  it.each([
    z.union([z.object({ a: z.string() }), z.object({ b: z.string() })]),
    aStandard((value) => ({ value }), { input: () => ({ type: 'object', allOf: [] }) }),
  ])('does not close a schema that is put together, where one part would refuse the fields of another', (params) =>
    expect(paramsSchemaOf(taskOf(params as never))).not.toHaveProperty('additionalProperties'),
  );

  it('is a plain JSON Schema as it was given', () => {
    const schema = { type: 'object', properties: { n: { type: 'integer' } } };
    expect(paramsSchemaOf(taskOf(schema))).toEqual(schema);
  });

  it('is the same for a schema that is a function', () => {
    const callable = Object.assign(
      () => undefined,
      aStandard((value) => ({ value })),
    );
    expect(paramsSchemaOf(taskOf(callable as never))).toEqual({ type: 'object', properties: {}, additionalProperties: false });
  });

  it.each<[string, unknown, RegExp]>([
    [
      'a date',
      z.object({ a: z.string(), span: z.object({ from: z.date() }) }),
      /task demo: field "span.from" of its params cannot be written in JSON Schema .*z\.iso\.datetime\(\)/,
    ],
    ['a BigInt', z.object({ n: z.bigint().optional() }), /field "n" .*string of digits/],
    ['a map in a list', z.object({ list: z.array(z.map(z.string(), z.string())) }), /field "list\.\[\]" .*z\.record/],
    ['something else', z.object({ f: z.custom<() => void>() }), /field "f" .*a type that JSON has/],
    ['a list', z.array(z.string()), /must be an object, and their schema is of "array"/],
    ['a number, plainly', { type: 'number' }, /must be an object/],
    [
      'no JSON Schema',
      aStandard((value) => ({ value }), null),
      /a schema of handmade that has no JSON Schema of itself; use zod from 4\.2/,
    ],
    [
      'an asynchronous check',
      z.object({ a: z.string().optional() }).refine(() => Promise.resolve(true)),
      /validated asynchronously/,
    ],
    [
      'a circle',
      (() => {
        const schema: Record<string, unknown> = { type: 'object' };
        schema['self'] = schema;
        return schema;
      })(),
      /is not JSON/,
    ],
  ])('cannot be made of %s, and says what to do', (_, params, sentence) => {
    expect(() => paramsSchemaOf(taskOf(params as never))).toThrow(sentence);
  });
});

describe('the parameters of a kernel', () => {
  it('are what the schema made of those that were sent', () => {
    const params = z.object({ width: z.int().default(320), from: z.string().transform(Number) });
    expect(readParams(taskOf(params as never), { from: '7' })).toEqual({ is: 'read', params: { width: 320, from: 7 } });
  });

  it('are those that were sent for a plain JSON Schema', () => {
    const sent = { n: 'seven' };
    expect(readParams(taskOf({ type: 'object' }), sent)).toEqual({ is: 'read', params: sent });
  });

  it('are refused with the path and what is wrong, the first three of many', () => {
    const even = z.object({ rows: z.array(z.object({ n: z.int() })) }).refine(({ rows }) => rows.length < 5, 'too many rows');
    expect(readParams(taskOf(even as never), { rows: [{ n: 1 }, { n: 'x' }] })).toEqual({
      is: 'refused',
      why: expect.stringMatching(/^rows\.1\.n: Invalid input/) as string,
    });
    expect(readParams(taskOf(even as never), { rows: Array(5).fill({ n: 1 }) })).toEqual({ is: 'refused', why: 'too many rows' });
    expect(readParams(taskOf(even as never), { rows: Array(5).fill({}) })).toMatchObject({
      why: expect.stringMatching(/; and 2 more$/) as string,
    });
  });

  it('are refused when the schema throws, or turns out to be asynchronous', () => {
    const throwing = aStandard(() => {
      throw new Error('a transform fell over');
    });
    expect(readParams({ params: throwing } as never, {})).toEqual({
      is: 'refused',
      why: 'the schema of the params threw: a transform fell over',
    });
    expect(readParams({ params: aStandard(() => Promise.reject(new Error('late'))) } as never, {})).toMatchObject({
      why: expect.stringMatching(/asynchronously/) as string,
    });
  });
});
