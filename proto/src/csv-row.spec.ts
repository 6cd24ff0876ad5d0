import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { z } from 'zod';
import { rowReader } from './csv-row.ts';

const schema = {
  type: 'object',
  properties: {
    n: { type: 'number' },
    i: { type: 'integer' },
    b: { type: 'boolean' },
    maybe: { type: ['number', 'null'] },
    either: { type: ['number', 'string'] },
    t: { type: 'string' },
    any: {},
  },
};
const read = (row: Record<string, string>, of: object = schema): unknown => {
  const made = rowReader(of)(row);
  return made.is === 'read' ? made.row : made.why;
};

describe('a field of a row', () => {
  it('is a number, a whole number or true and false where the schema takes no text', () => {
    expect(read({ n: '1.50', i: '-7', b: 'FALSE', maybe: '1e3', either: '12', t: '12', any: '12', other: '12' })).toEqual({
      n: 1.5,
      i: -7,
      b: false,
      maybe: 1_000,
      either: '12',
      t: '12',
      any: '12',
      other: '12',
    });
    expect(read({ n: ' 12\t', b: 'true ' })).toEqual({ n: 12, b: true });
  });

  it('that is empty is null where that is allowed, and else not there', () => {
    expect(read({ n: '', i: ' ', b: '', maybe: '', either: '', t: '', any: '' })).toEqual({
      maybe: null,
      either: '',
      t: '',
      any: '',
    });
  });

  it('stays a text where it is nothing of what the schema takes', () => {
    const row = { n: '1,5', i: '0x10', b: 'yes', maybe: 'null' };
    expect(read(row)).toEqual(row);
    for (const n of ['007', '+1', '.5', '1.', 'NaN', 'Infinity', '1 2', '--1', '1_000', '١']) expect(read({ n })).toEqual({ n });
  });

  it('keeps all digits, or is refused with what it would be', () => {
    expect(read({ i: '9007199254740992' })).toEqual({ i: 9007199254740992 });
    expect(read({ t: '9007199254740993' })).toEqual({ t: '9007199254740993' });
    expect(read({ i: '9007199254740993' })).toMatch(/^i: 9007199254740993 would be rounded to 9007199254740992;/);
    expect(read({ n: '1e400' })).toMatch(/^n: 1e400 is beyond/);
    fc.assert(
      fc.property(fc.double({ noNaN: true, min: -(2 ** 53), max: 2 ** 53 }), (n) => {
        expect(read({ n: String(n) })).toEqual({ n: n === 0 ? 0 : n });
      }),
    );
  });
});

describe('the schema of a row', () => {
  const Row = z.object({
    cents: z.int().optional(),
    share: z.number().min(0).nullable(),
    kind: z.literal([1, 2]),
    open: z.boolean().default(true),
    name: z.string(),
    either: z.union([z.number(), z.string()]),
    digits: z.string().transform(Number),
  });
  const row = { cents: '7', share: '', kind: '2', open: 'false', name: '12', either: '3', digits: '4' };

  it('may be what a library makes of its own', () => {
    const made = rowReader(z.toJSONSchema(Row, { io: 'input' }))(row);
    expect(Row.parse((made as { row: unknown }).row)).toEqual({
      cents: 7,
      share: null,
      kind: 2,
      open: false,
      name: '12',
      either: '3',
      digits: 4,
    });
  });

  it('may be put together', () => {
    const parts = {
      $defs: { n: { type: 'integer' }, of: { allOf: [{ properties: { n: { $ref: '#/$defs/n' } } }] } },
      $ref: '#/$defs/of',
    };
    expect(read({ n: '1', o: '1' }, parts)).toEqual({ n: 1, o: '1' });
    const choice = {
      oneOf: [{ properties: { kind: { const: 'a' }, n: { type: 'number' } } }, { properties: { kind: { const: 'b' } } }],
    };
    expect(read({ kind: 'a', n: '1' }, choice)).toEqual({ kind: 'a', n: 1 });
    expect(read({ a: '1', b: 'x' }, { additionalProperties: { type: 'number' } })).toEqual({ a: 1, b: 'x' });
  });

  test.each([
    true,
    {},
    { $ref: '#' },
    { $ref: '#/none' },
    { $ref: 'https://a.example' },
    { allOf: [{ $ref: '#' }] },
    { type: 'string' },
  ])('%j, which states nothing of a column, leaves it a text', (of) => {
    expect(read({ n: '1', constructor: '1', toString: '2' }, of as object)).toEqual({ n: '1', constructor: '1', toString: '2' });
  });
});
