import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HttpException } from '@nestjs/common';
import { timesOfFixedWork } from '@manyhands/testkit/yardstick';
import { checkParams, compileParams, type ParamsCheck } from './params-check.ts';

function refusalOf(
  schema: object | ParamsCheck,
  params: Record<string, unknown>,
  bare = false,
): { status: number; detail: unknown } | undefined {
  try {
    checkParams('first' in schema ? schema : compileParams(schema), params, bare);
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
    [
      {
        description: 'Digits.',
        oneOf: [
          { type: 'integer', minimum: 0, maximum: 9 },
          { type: 'string', pattern: '^[0-9]$' },
        ],
      },
      -1,
      'x must be between 0 and 9.',
    ],
    [
      {
        description: 'Digits.',
        oneOf: [
          { type: 'integer', minimum: 0, maximum: 9 },
          { type: 'string', pattern: '^[0-9]$' },
        ],
      },
      'z',
      'x is not right: Digits.',
    ],
  ])('%j refuses %j with a sentence', (schema, value, detail) => {
    expect(refusalOf({ type: 'object', properties: { x: schema } }, { x: value })).toEqual({ status: 400, detail });
  });
});

describe('a value of the wrong shape', () => {
  test('says where, inside lists and objects, and whether it stood at the top of the body', () => {
    const schema = {
      type: 'object',
      properties: { urls: { type: 'array', items: { type: 'object', properties: { 'a/b': { type: 'string' } } } } },
    };
    const problem = { msg: 'must be string', type: 'string_type' };
    expect(refusalOf(schema, { urls: [{}, { 'a/b': 1 }] })).toEqual({
      status: 422,
      detail: [{ loc: ['body', 'params', 'urls', 1, 'a/b'], ...problem }],
    });
    expect(refusalOf(schema, { urls: [{ 'a/b': 1 }] }, true)).toEqual({
      status: 422,
      detail: [{ loc: ['body', 'urls', 0, 'a/b'], ...problem }],
    });
  });

  test('comes before values out of range', () => {
    const schema = {
      type: 'object',
      properties: { a: { type: 'integer', maximum: 1 }, b: { type: 'integer' } },
      required: ['c'],
    };
    expect(refusalOf(schema, { a: 2, b: 'x' })).toMatchObject({
      status: 422,
      detail: [{ type: 'missing' }, { type: 'int_type' }],
    });
  });

  test('lists all types of a choice where none fits', () => {
    expect(
      refusalOf({ type: 'object', properties: { n: { anyOf: [{ type: 'integer' }, { type: 'string' }] } } }, { n: null }),
    ).toEqual({
      status: 422,
      detail: [{ loc: ['body', 'params', 'n'], msg: 'must be integer or string', type: 'int_type' }],
    });
  });

  test('says which unknown fields there are, also when unevaluated', () => {
    expect(
      refusalOf({ type: 'object', properties: { max_depth: {} }, additionalProperties: false }, { maxDepth: 1 }),
    ).toMatchObject({ detail: [{ msg: 'unknown field; did you mean "max_depth"? Else take it out (known: max_depth)' }] });
    expect(refusalOf({ type: 'object', additionalProperties: false }, { a: 1 })).toMatchObject({
      detail: [{ loc: ['body', 'params', 'a'], type: 'extra_forbidden' }],
    });
    expect(refusalOf({ type: 'object', unevaluatedProperties: false }, { a: 1 })).toMatchObject({
      detail: [{ loc: ['body', 'params', 'a'], type: 'extra_forbidden' }],
    });
  });
});

describe('an integer', () => {
  const schema = compileParams({
    type: 'object',
    properties: {
      n: { type: 'integer', minimum: 0 },
      list: { type: 'array', items: { type: ['integer', 'null'] } },
      type: { enum: [{ type: 'integer' }] },
    },
  });
  const quantity = compileParams({ type: 'object', properties: { n: { type: 'number' } } });

  test('beyond 2^53 is the number that its decimal notation says, or refused', () => {
    for (const n of [2 ** 53 - 1, 2 ** 53, 1e18, 1e22, 0])
      expect(refusalOf(schema, { n, list: [n, null] }), `${n}`).toBeUndefined();
    // 10^23 is none of the doubles; 2^59 is written back as 576460752303423500.
    for (const n of [1e23, 2 ** 59, 1e300]) {
      expect(refusalOf(schema, { n })).toMatchObject({
        status: 400,
        detail: expect.stringMatching(/^n is a whole number that JSON does not hold exactly; send all its digits as a string/),
      });
      expect(refusalOf(schema, { list: [n] })).toMatchObject({ status: 400 });
      expect(refusalOf(quantity, { n }), 'a measured quantity').toBeUndefined();
    }
  });

  test('in a value of the schema is left alone', () => {
    expect(refusalOf(schema, { type: { type: 'integer' } })).toBeUndefined();
  });
});

describe('many things wrong at once', () => {
  const choice = {
    oneOf: [
      { type: 'integer', maximum: 9 },
      { type: 'string', pattern: '^[0-9]$' },
    ],
  };
  const schema = compileParams({
    type: 'object',
    properties: { list: { type: 'array', items: choice } },
    additionalProperties: false,
  });

  test('the first ten are told, and how many more there are', () => {
    const params = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`k${index}`, 1]));
    const { detail } = refusalOf(schema, params) as { detail: { type: string; msg: string }[] };
    expect(detail).toHaveLength(11);
    expect(detail.at(-1)).toMatchObject({ type: 'more', msg: expect.stringMatching(/^and 190 more/) });
  });

  test.each([
    [300, 99],
    [300, 'x'],
    [300, null],
    [20_000, 99],
    [12_000, true],
  ])('%i values of a choice, each %j, take little time and have one short answer', (count, value) => {
    const params = { list: Array.from({ length: count }, () => value) };
    const costMax = 40;
    const refusal = refusalOf(schema, params)!;
    expect([400, 422]).toContain(refusal.status);
    expect(JSON.stringify(refusal.detail).length).toBeLessThan(16 * 1024);
    expect(timesOfFixedWork(() => refusalOf(schema, params), costMax)).toBeLessThan(costMax);
  });

  test('thousands of objects that must differ are compared in little time', () => {
    const distinct = compileParams({ type: 'object', properties: { list: { type: 'array', uniqueItems: true } } });
    const list: object[] = Array.from({ length: 3_500 }, (_, index) => ({ a: index, b: [] }));
    // Each compared with each: a thousand times.
    const costMax = 100;
    expect(refusalOf(distinct, { list })).toBeUndefined();
    expect(timesOfFixedWork(() => refusalOf(distinct, { list }), costMax)).toBeLessThan(costMax);
    expect(refusalOf(distinct, { list: [{ a: 1, b: 2 }, 0, { b: 2, a: 1 }] })).toEqual({
      status: 400,
      detail: 'list must NOT have duplicate items.',
    });
  });

  test('of one item among others only what is wrong with it is said', () => {
    expect(refusalOf(schema, { list: [99, null] })).toEqual({
      status: 422,
      detail: [{ loc: ['body', 'params', 'list', 1], msg: 'must be integer or string', type: 'int_type' }],
    });
  });

  test('nothing of them stays behind in the check', () => {
    expect(refusalOf(schema, { other: 1 })).toBeDefined();
    expect([schema.all.errors, schema.first.errors]).toEqual([null, null]);
  });
});

test('whatever is refused is refused with a detail, and never breaks the check', () => {
  const schema = compileParams({
    type: 'object',
    properties: {
      n: {
        oneOf: [
          { type: 'integer', minimum: 0, maximum: 9 },
          { type: 'string', pattern: '^[0-9]$' },
        ],
      },
      list: { type: 'array', items: { type: 'number' } },
    },
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
