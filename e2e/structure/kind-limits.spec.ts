/** Each bound of the parameters of `http` and `scrape`, as the gateway holds them: what is at the bound is taken, and one past it is not. */
import { describe, expect, test } from 'vitest';
import { compileParams } from '../../services/gateway/src/kinds/params-check.ts';
import { http } from '../../services/compute/src/kinds/http/kind.ts';
import { scrape } from '../../services/compute/src/kinds/scrape/kind.ts';

interface Schema {
  type?: string;
  enum?: readonly unknown[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  maxProperties?: number;
  additionalProperties?: Schema | boolean;
  properties?: Record<string, Schema>;
}

/** By its keyword: a value at the bound, and one past it. */
function bounds(schema: Schema): [keyword: string, at: unknown, past: unknown][] {
  const { minimum, maximum, minLength, maxLength, maxProperties, additionalProperties: others } = schema;
  const found: [string, unknown, unknown][] = [];
  const step = schema.type === 'integer' ? 1 : 0.0001;
  if (minimum !== undefined) found.push(['minimum', minimum, minimum - step]);
  if (maximum !== undefined) found.push(['maximum', maximum, maximum + step]);
  if (minLength !== undefined) found.push(['minLength', 'x'.repeat(minLength), 'x'.repeat(minLength - 1)]);
  if (maxLength !== undefined) found.push(['maxLength', 'x'.repeat(maxLength), 'x'.repeat(maxLength + 1)]);
  if (maxProperties !== undefined) found.push(['maxProperties', fields(maxProperties), fields(maxProperties + 1)]);
  if (schema.enum) found.push(['enum', schema.enum.at(-1), `${String(schema.enum.at(-1))}X`]);
  if (schema.type === 'boolean') found.push(['boolean', false, 'false']);
  if (typeof others === 'object')
    for (const [keyword, at, past] of bounds(others)) found.push([`value: ${keyword}`, { a: at }, { a: past }]);
  return found;
}

const fields = (count: number): object => Object.fromEntries(Array.from({ length: count }, (_, n) => [`x-${n}`, '']));

describe.each([http, scrape])('the parameters of $name', ({ params, example }) => {
  const schema = params as Schema;
  const check = compileParams(schema).all;
  const cases = Object.entries(schema.properties!).flatMap(([field, own]) =>
    bounds(own).map(([keyword, at, past]) => ({ field, keyword, at, past })),
  );

  test('all have a bound', () => {
    expect(new Set(cases.map(({ field }) => field))).toEqual(new Set(Object.keys(schema.properties!)));
    expect(check(example)).toBe(true);
    expect(check({ ...(example as object), another: 1 })).toBe(false);
  });

  test.each(cases)('$field: $keyword', ({ field, at, past }) => {
    expect([check({ ...(example as object), [field]: at }), check({ ...(example as object), [field]: past })]).toEqual([
      true,
      false,
    ]);
  });
});

test('an item of scrape is an address of at most 8,192 characters, alone or as url', () => {
  const check = compileParams(scrape.input!.schema as object).all;
  const text = 'x'.repeat(8_192);
  expect([text, { url: text }, { url: text, more: 1 }].map((item) => check(item))).toEqual([true, true, true]);
  expect(['', `${text}x`, {}, { url: '' }, { url: `${text}x` }, 7, null].filter((item) => check(item))).toEqual([]);
});
