import { describe, expect, it } from 'vitest';
import { formSchemaOf, formValueOf, objectIn, paramsOf } from './params-schema.ts';

const union = { title: 'Up to', description: 'Any size.', oneOf: [{ type: 'integer' }, { type: 'string', pattern: '^[0-9]+$' }] };
const plain = { type: 'integer', minimum: 0 };

describe('formSchemaOf', () => {
  it('makes one text field of a number that may be a string', () => {
    for (const n of [
      union,
      { ...union, oneOf: undefined, anyOf: union.oneOf },
      { title: 'Up to', description: 'Any size.', type: ['integer', 'string'] },
    ]) {
      const { schema, digits } = formSchemaOf({ type: 'object', required: ['n'], properties: { n, k: plain } });
      expect(schema).toEqual({
        type: 'object',
        required: ['n'],
        properties: { n: { type: 'string', minLength: 1, title: 'Up to', description: 'Any size.' }, k: plain },
      });
      expect([...digits]).toEqual(['n']);
    }
  });

  it('leaves every other schema as it is, but for the title', () => {
    const field = { oneOf: [{ const: 'a' }, { const: 'b' }] };
    const properties = { mode: field, maybe: { type: ['string', 'null'] }, free: true };
    expect(formSchemaOf({ title: 'Kind', description: 'x', type: 'object', properties }).schema).toEqual({
      type: 'object',
      properties,
    });
    expect(formSchemaOf({ type: 'object' }).schema).toEqual({ type: 'object', properties: {} });
  });
});

describe('the value of such a field', () => {
  const form = formSchemaOf({ properties: { n: union, k: plain } });

  it('is text in the form', () => {
    expect(formValueOf({ n: 10_000, k: 3 }, form)).toEqual({ n: '10000', k: 3 });
    expect(formValueOf({ n: undefined }, form)).toEqual({ n: undefined });
  });

  it('is sent as a number where one holds it exactly, as a string of digits else', () => {
    expect(paramsOf({ n: '10000', k: 3 }, form)).toEqual({ n: 10_000, k: 3 });
    expect(paramsOf({ n: ' 1,000_000 ' }, form)).toEqual({ n: 1_000_000 });
    expect(paramsOf({ n: '1000000000000000000' }, form)).toEqual({ n: '1000000000000000000' });
    expect(paramsOf({ n: '10^9' }, form)).toEqual({ n: 1_000_000_000 });
    expect(paramsOf({ n: '10^18 + 1' }, form)).toEqual({ n: '1000000000000000001' });
    expect(paramsOf({ n: '0.5' }, form)).toEqual({ n: '0.5' });
    expect(paramsOf({ n: 'abc' }, form)).toEqual({ n: 'abc' });
  });
});

describe('a field that takes any object', () => {
  const words = { title: 'Parameters', description: 'Any.' };
  const form = formSchemaOf({ properties: { params: { type: 'object', ...words }, n: plain } });

  it('is a text field for its JSON', () => {
    expect(form.schema['properties']).toEqual({ params: { type: 'string', format: 'json-object', ...words }, n: plain });
    expect([...form.objects]).toEqual(['params']);
    expect(formValueOf({ params: { power: 2 }, n: 1 }, form)).toEqual({ params: '{\n  "power": 2\n}', n: 1 });
    expect(paramsOf({ params: ' {"power": [2]} ', n: 1 }, form)).toEqual({ params: { power: [2] }, n: 1 });
    expect(paramsOf({ params: undefined }, form)).toEqual({ params: undefined });
  });

  it('other text stays what it is, so that it can be refused', () => {
    for (const text of ['[1]', '1', 'null', '{', 'power: 2']) {
      expect(objectIn(text)).toBeUndefined();
      expect(paramsOf({ params: text }, form)).toEqual({ params: text });
    }
  });

  it('an object that states what is in it stays a form', () => {
    for (const field of [
      { type: 'object', properties: { a: plain } },
      { type: 'object', additionalProperties: { type: 'string' } },
      { type: 'object', oneOf: [{ required: ['a'] }] },
    ])
      expect([...formSchemaOf({ properties: { field } }).objects]).toEqual([]);
  });
});

it('a field that holds code is known by its media type', () => {
  const properties = {
    code: { type: 'string', contentMediaType: 'text/javascript' },
    css: { type: 'string', contentMediaType: 'text/css' },
  };
  const { schema, code } = formSchemaOf({ properties });
  expect(schema['properties']).toEqual(properties);
  expect([...code]).toEqual(['code']);
});
