/** What a kind's schema lets through is computed: its bounds stand in the schema, and the kernel refuses nothing more. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Task } from '@manyhands/worker/task';
import { checkTask } from '@manyhands/worker/testing';
import * as kinds from './index.ts';

interface Schema {
  type?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  maxItems?: number;
  minLength?: number;
  maxLength?: number;
  required?: string[];
  oneOf?: Schema[];
  minimum?: number;
  maximum?: number;
  pattern?: string;
}

/** Values that fit: of numbers those that JSON holds exactly, as the gateway takes no others. Throws for a keyword that it does not know, so that none is passed over. */
function fitting({
  type,
  properties = {},
  items,
  maxItems,
  oneOf,
  minimum,
  maximum,
  pattern,
  ...lengths
}: Schema): fc.Arbitrary<unknown> {
  if (oneOf !== undefined) return fc.oneof(...oneOf.map(fitting));
  if (type === 'object')
    return fc.record(Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, fitting(schema)])));
  if (type === 'array' && items !== undefined && maxItems !== undefined) return fc.array(fitting(items), { maxLength: maxItems });
  if (type === 'string' && lengths.minLength !== undefined && lengths.maxLength !== undefined) return fc.string(lengths);
  if (type === 'string' && pattern !== undefined) return fc.stringMatching(new RegExp(pattern, 'u'));
  if (type === 'integer' && minimum !== undefined && maximum !== undefined) {
    const small = fc.integer({ min: minimum, max: Math.min(maximum, Number.MAX_SAFE_INTEGER) });
    const round = fc
      .tuple(fc.integer({ min: 1, max: 999_999 }), fc.integer({ min: 0, max: 22 }))
      .map(([digits, zeros]) => Number(`${digits}e${zeros}`));
    return fc.oneof(
      small,
      fc.constantFrom(minimum, maximum),
      round.filter(
        (value) =>
          value >= minimum && value <= maximum && BigInt(value) === BigInt(value.toLocaleString('en', { useGrouping: false })),
      ),
    );
  }
  if (type === 'number' && minimum !== undefined && maximum !== undefined)
    return fc.oneof(fc.double({ min: minimum, max: maximum, noNaN: true }), fc.constantFrom(minimum, maximum));
  throw new Error(`no values for ${type ?? 'a schema without type'}`);
}

/** Kinds whose chunks are cut from an input, with one that fits their example. */
const inputs: Readonly<Record<string, { items: unknown[] }>> = {
  aggregate: { items: Array.from({ length: 24 }, (_, row) => ({ country: 'ABC'[row % 3], price: row / 4 })) },
};

/** Kinds that send what they are given elsewhere: their own tests have a server. */
const sending = ['http', 'scrape', 'webhook'];
const cases = Object.values(kinds)
  .filter(({ name }) => !sending.includes(name))
  .map((kind) => [kind.name, kind as unknown as Task] as const);

describe.each(cases)('%s', (_name, kind) => {
  test('splits whatever its schema lets through, in any number of chunks', () => {
    const place = fc
      .integer({ min: 1, max: 1_000_000 })
      .chain((total) => fc.tuple(fc.integer({ min: 0, max: total - 1 }), fc.constant(total)));
    fc.assert(
      fc.property(
        fitting(kind.params as Schema),
        place,
        (params, [index, total]) => void kind.split(JSON.parse(JSON.stringify(params)), index, total),
      ),
      { numRuns: 1_000 },
    );
  });

  test('gives one answer, however its chunks are leased, merged and retried', async () => {
    await checkTask(kind, { chunks: 12, ...inputs[kind.name] });
  });
});

test('sum begins at 1, as a number and as text', () => {
  const [number, text] = (kinds.sum.params as { properties: { n: { oneOf: [{ minimum: number }, { pattern: string }] } } })
    .properties.n.oneOf;
  expect(number.minimum).toBe(1);
  expect(
    ['0', '00', '01', '', '-1', '1', '10', `1${'0'.repeat(30)}`, `1${'0'.repeat(29)}1`].filter((digits) =>
      new RegExp(text.pattern, 'u').test(digits),
    ),
  ).toEqual(['1', '10', `1${'0'.repeat(30)}`]);
});
