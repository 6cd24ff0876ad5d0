import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HttpException } from '@nestjs/common';
import type { ValidateFunction } from 'ajv/dist/2020.js';
import { checkParams, compileParams } from './params-check.ts';

function refusalOf(schema: object | ValidateFunction, params: Record<string, unknown>, bare = false): { status: number; detail: unknown } | undefined {
  try {
    checkParams('schemaEnv' in schema ? (schema as ValidateFunction) : compileParams(schema), params, bare);
    return undefined;
  } catch (error) {
    if (!(error instanceof HttpException)) throw error;
    return { status: error.getStatus(), detail: (error.getResponse() as { detail: unknown }).detail };
  }
}

describe('a value that its type allows and its schema does not', () => {
  test.each([
    [{ minimum: 1, maximum: 9 }, 0, 'x must be between 1 and 9.'],
    [{ minimum: 1 }, 0, 'x must be >= 1.'],
    [{ exclusiveMaximum: 4 }, 4, 'x must be < 4.'],
    [{ enum: ['a', 1] }, 'b', 'x must be one of a, 1.'],
    [{ pattern: '^a' }, 'b', 'x must match pattern "^a".'],
    [{ type: 'string', format: 'uri' }, 'b', 'x must match format "uri".'],
    [{ type: 'array', maxItems: 1 }, [1, 2], 'x must NOT have more than 1 items.'],
    [{ description: 'Digits.', oneOf: [{ type: 'integer', minimum: 0, maximum: 9 }, { type: 'string', pattern: '^[0-9]$' }] }, -1, 'x must be between 0 and 9.'],
    [{ description: 'Digits.', oneOf: [{ type: 'integer', minimum: 0, maximum: 9 }, { type: 'string', pattern: '^[0-9]$' }] }, 'z', 'x is not right: Digits.'],
  ])('%j refuses %j with a sentence', (schema, value, detail) => {
    expect(refusalOf({ type: 'object', properties: { x: schema } }, { x: value })).toEqual({ status: 400, detail });
  });
});

describe('a value of the wrong shape', () => {
  test('a number that JSON cannot write again is refused, instead of arriving as null', () => {
    const params = JSON.parse('{"x":[1,{"y":-1e400}]}') as Record<string, unknown>;
    expect(refusalOf({ type: 'object' }, params)).toEqual({ status: 422, detail: [{ loc: ['body', 'params'], msg: 'holds a number beyond 1.8e308, which would arrive as null', type: 'finite_number' }] });
    expect(refusalOf({ type: 'object' }, { x: [1e308] })).toBeUndefined();
  });

  test('says where, inside lists and objects, and whether it stood at the top of the body', () => {
    const schema = { type: 'object', properties: { urls: { type: 'array', items: { type: 'object', properties: { 'a/b': { type: 'string' } } } } } };
    const problem = { msg: 'must be string', type: 'string_type' };
    expect(refusalOf(schema, { urls: [{}, { 'a/b': 1 }] })).toEqual({ status: 422, detail: [{ loc: ['body', 'params', 'urls', 1, 'a/b'], ...problem }] });
    expect(refusalOf(schema, { urls: [{ 'a/b': 1 }] }, true)).toEqual({ status: 422, detail: [{ loc: ['body', 'urls', 0, 'a/b'], ...problem }] });
  });

  test('comes before values out of range', () => {
    const schema = { type: 'object', properties: { a: { type: 'integer', maximum: 1 }, b: { type: 'integer' } }, required: ['c'] };
    expect(refusalOf(schema, { a: 2, b: 'x' })).toMatchObject({ status: 422, detail: [{ type: 'missing' }, { type: 'integer_type' }] });
  });

  test('lists all types of a choice where none fits', () => {
    expect(refusalOf({ type: 'object', properties: { n: { anyOf: [{ type: 'integer' }, { type: 'string' }] } } }, { n: null })).toEqual({
      status: 422, detail: [{ loc: ['body', 'params', 'n'], msg: 'must be integer or string', type: 'integer_type' }],
    });
  });

  test('says which unknown fields there are, also when unevaluated', () => {
    expect(refusalOf({ type: 'object', additionalProperties: false }, { a: 1 })).toMatchObject({ detail: [{ loc: ['body', 'params', 'a'], type: 'extra_forbidden' }] });
    expect(refusalOf({ type: 'object', unevaluatedProperties: false }, { a: 1 })).toMatchObject({ detail: [{ loc: ['body', 'params', 'a'], type: 'extra_forbidden' }] });
  });
});

test('whatever is refused is refused with a detail, and never breaks the check', () => {
  const schema = compileParams({
    type: 'object',
    properties: { n: { oneOf: [{ type: 'integer', minimum: 0, maximum: 9 }, { type: 'string', pattern: '^[0-9]$' }] }, list: { type: 'array', items: { type: 'number' } } },
    required: ['n'],
    additionalProperties: false,
  });
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom('n', 'list', 'other', 'toString'), fc.jsonValue({ maxDepth: 3 })), (params) => {
      const refusal = refusalOf(schema, params);
      if (refusal === undefined) return expect(Object.keys(params).every((key) => key === 'n' || key === 'list')).toBe(true);
      expect([400, 422]).toContain(refusal.status);
      expect(refusal.detail).not.toEqual([]);
      expect(JSON.stringify(refusal.detail)).not.toMatch(/undefined|\[object/);
    }),
  );
});
