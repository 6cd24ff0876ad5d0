import { describe, expect, it, test } from 'vitest';
import { checkPlainSchema, plainCheck } from './plain-schema.ts';

const page = {
  anyOf: [
    { type: 'string', minLength: 1 },
    { type: 'object', properties: { url: { type: 'string', minLength: 1 } }, required: ['url'] },
  ],
};
const row = {
  $defs: { cents: { type: 'integer', minimum: 0 } },
  type: 'object',
  properties: {
    list: { type: 'array', items: { $ref: '#/$defs/cents' } },
    'a/b': { type: ['number', 'null'] },
    kind: { enum: [1, 2] },
  },
  additionalProperties: false,
};

describe('a record that does not fit a plain JSON Schema', () => {
  test.each([
    [row, { list: [1, 'x'] }, 'list.1: must be integer'],
    [row, { list: [-1] }, 'list.0: -1 is less than 0'],
    [row, { 'a/b': 'x' }, 'a/b: must be number or null'],
    [row, { kind: 3 }, 'kind: Instance does not match any of [1,2]'],
    [row, { 'ä b': 1 }, 'ä b: must not be there'],
    [row, 'x', 'must be object'],
    [page, { u: 1 }, 'field "url" is missing'],
    [page, { url: '' }, 'url: String is too short (0 < 1)'],
    [page, 7, 'must be string or object'],
    [{ oneOf: [{ type: 'number' }, { type: 'integer' }] }, 7, 'fits none of what is allowed there, or more than one'],
  ])('%j: %j is named with its path', (schema, value, says) => {
    expect(plainCheck(schema)(value)).toBe(says);
  });

  it('is one that fits in every part otherwise', () => {
    expect(plainCheck(row)({ list: [0, 1], 'a/b': null, kind: 1 })).toBeUndefined();
    expect(plainCheck(page)('https://a.example')).toBeUndefined();
    expect(
      plainCheck(Object.freeze({ type: 'object', properties: Object.freeze({ n: Object.freeze({ type: 'number' }) }) }))({
        n: 1,
      }),
    ).toBe(undefined);
  });
});

test('a schema with a pattern that is no regular expression is refused when its kind is loaded', () => {
  expect(() => checkPlainSchema({ properties: { a: { type: 'string', pattern: '(' } } })).toThrow('Invalid regular expression');
  expect(() => checkPlainSchema({ patternProperties: { '[': {} } })).toThrow('Invalid regular expression');
  expect(() =>
    checkPlainSchema({ properties: { pattern: { const: { pattern: '(' } } }, enum: [{ pattern: '(' }] }),
  ).not.toThrow();
});
