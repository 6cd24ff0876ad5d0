import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkTask, runTask } from '@manyhands/worker/testing';
import { answerOf, type Row } from './answer.ts';
import { aggregatePart } from './compute.ts';
import { addUnits, decimalText, divided, readDecimal, readSmall, small } from './decimal.ts';
import { aggregate } from './kind.ts';
import { mergePartials } from './merge.ts';
import { BOUNDS, type Held, isOver, within } from './partial.ts';
import { type AggregateParams, planOf } from './plan.ts';

const refusal = expect.objectContaining({ name: 'ComputeRefused' }) as Error;
const all: Required<AggregateParams> = {
  group_by: ['key', 'place'],
  sum: ['cost'],
  mean: ['cost'],
  min: ['cost'],
  max: ['cost'],
  distinct: ['who'],
};

type Record_ = Record<'key' | 'place' | 'cost' | 'who' | 'more', string>;
const names = ['key', 'more', 'place', 'cost', 'who'] as const;

const text = fc.string({ unit: fc.constantFrom('a', 'ß', '😀', ' ', ',', '"', '\n', '\r', '\\', '{', ':', '='), maxLength: 4 });
const number = fc.oneof(
  fc.constantFrom('', '0', '-0', '0.10', '1e3', '+5', '.5', '5.', ' 7 ', '9007199254740991', '-9007199254740993', '1e-20'),
  fc
    .tuple(fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n }), fc.nat({ max: 6 }))
    .map(([units, scale]) => decimalText(units, scale)),
  fc.integer({ min: -99_999, max: 99_999 }).map((cents) => (cents / 100).toFixed(2)),
);
const record: fc.Arbitrary<Record_> = fc.record({
  key: fc.constantFrom('x', 'y,', '__proto__', ''),
  place: fc.constantFrom('a', 'b"', 'ü\n'),
  cost: number,
  who: text,
  more: text,
});

/** As simply as it can be done: by rows, with BigInts alone. */
function naive(rows: readonly Record_[]): Row[] {
  const scale = 30;
  const groups = new Map<string, { of: Record_; costs: bigint[]; who: Set<string>; rows: number }>();
  for (const row of rows) {
    const key = JSON.stringify([row.key, row.place]);
    const group = groups.get(key) ?? { of: row, costs: [], who: new Set(), rows: 0 };
    groups.set(key, group);
    group.rows += 1;
    if (row.who !== '') group.who.add(row.who);
    if (row.cost === '') continue;
    const value = readDecimal(row.cost)!;
    group.costs.push(value.units * 10n ** BigInt(scale - value.scale));
  }
  // A mean has six digits more than the finest value of its column.
  const finest = Math.max(0, ...rows.map(({ cost }) => (cost === '' ? 0 : readDecimal(cost)!.scale)));
  const by = (one: string, other: string): number => (one === other ? 0 : one < other ? -1 : 1);
  return [...groups.values()]
    .sort((one, other) => by(one.of.key, other.of.key) || by(one.of.place, other.of.place))
    .map(({ of, costs, who, rows: count }) => {
      const sum = costs.reduce((total, cost) => total + cost, 0n);
      const sorted = costs.toSorted((one, other) => (one < other ? -1 : 1));
      const rounded = (): string => {
        const [units, digits] = [sum * 10n ** BigInt(finest + 6), BigInt(costs.length) * 10n ** BigInt(scale)];
        return decimalText(divided(units, digits), finest + 6);
      };
      const given = costs.length > 0;
      return {
        key: of.key,
        place: of.place,
        'count(*)': String(count),
        'sum(cost)': given ? decimalText(sum, scale) : null,
        'mean(cost)': given ? rounded() : null,
        'min(cost)': given ? decimalText(sorted[0]!, scale) : null,
        'max(cost)': given ? decimalText(sorted.at(-1)!, scale) : null,
        'distinct(who)': String(who.size),
      };
    });
}

/** Numbers as their digits, so that only the value is compared. */
function digitsOf(rows: readonly Row[]): Row[] {
  return rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value === null ? null : String(value)])),
  );
}

function csvOf(rows: readonly Record_[], quoteAll: boolean, end: string): Buffer {
  const cell = (value: string): string => (quoteAll || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  return Buffer.from(
    ['\ufeff' + names.join(','), ...rows.map((row) => names.map((name) => cell(row[name])).join(','))].join(end) + end,
  );
}

function aggregated(parts: readonly Uint8Array[], params: Required<AggregateParams>): Row[] {
  const plan = planOf(params);
  const merged = parts.map((part) => aggregatePart(part, plan)).reduce((left, right) => mergePartials(left, right, plan));
  return answerOf(merged, params.group_by, plan);
}

describe('the scanners against a naive reader', () => {
  test('CSV: quotes, doubled quotes, line breaks between quotes, CRLF, in any parts', () => {
    fc.assert(
      fc.property(
        fc.array(record, { minLength: 1, maxLength: 12 }),
        fc.array(record, { minLength: 1, maxLength: 12 }),
        fc.boolean(),
        fc.constantFrom('\n', '\r\n'),
        (one, other, quoteAll, end) => {
          const parts = [csvOf(one, quoteAll, end), csvOf(other, !quoteAll, end)];
          expect(digitsOf(aggregated(parts, all))).toEqual(naive([...one, ...other]));
        },
      ),
      { numRuns: 150 },
    );
  });

  test('NDJSON: escapes, nested values that are not asked, blanks, names in any order', () => {
    const shape = fc.record({ row: record, other: fc.json({ maxDepth: 2 }), isReversed: fc.boolean(), blanks: fc.boolean() });
    fc.assert(
      fc.property(fc.array(shape, { minLength: 1, maxLength: 12 }), (shapes) => {
        const lines = shapes.map(({ row, other, isReversed, blanks }) => {
          const entries: [string, unknown][] = [...Object.entries(row), ['other"\\', JSON.parse(other)]];
          const value = Object.fromEntries(isReversed ? entries.toReversed() : entries);
          return blanks ? JSON.stringify(value, undefined, 1).replaceAll('\n', ' ') : JSON.stringify(value);
        });
        const rows = shapes.map(({ row }) => row);
        expect(digitsOf(aggregated([Buffer.from(`${lines.join('\n')}\n`)], all))).toEqual(naive(rows));
      }),
      { numRuns: 150 },
    );
  });

  test('NDJSON: a name with escapes is that name, of one that is there twice the last counts, null and nothing are no text', () => {
    const lines = ['{"\\u0061":1,"b":"x","b":"y"}', '{"a":2.5,"b":null}', '{"a":1e1}', '{"a":true,"b":"y"}'];
    expect(aggregated([Buffer.from(lines.slice(0, 3).join('\n'))], { ...none, group_by: ['b'], sum: ['a'] })).toEqual([
      { b: '', 'count(*)': 2, 'sum(a)': 12.5 },
      { b: 'y', 'count(*)': 1, 'sum(a)': 1 },
    ]);
    expect(aggregated([Buffer.from(lines[3]!)], { ...none, group_by: ['a'] })).toEqual([{ a: 'true', 'count(*)': 1 }]);
  });

  test('a file that does not end with a line break, and empty lines in it', () => {
    const part = Buffer.from('\ufeffa,b\r\n\r\n1,x\n\n2,x');
    expect(aggregated([part], { ...none, group_by: ['b'], sum: ['a'] })).toEqual([{ b: 'x', 'count(*)': 2, 'sum(a)': 3 }]);
  });
});

const none: Required<AggregateParams> = { group_by: [], sum: [], mean: [], min: [], max: [], distinct: [] };

describe('what is refused', () => {
  const csv = (lines: string, params: AggregateParams = { group_by: ['a'], sum: ['b'] }): unknown =>
    aggregatePart(Buffer.from(`\ufeffa,b\n${lines}`), planOf(params));

  test.each([
    ['1', /record 1 of a part has 1 fields, and the first line names 2 columns/],
    ['1,2\n1,2,3', /record 2 of a part has 3 fields/],
    ['x"y,1', /a quote inside a field/],
    ['"x"y,1', /between the end of its quotes and the next comma/],
    ['"x,1', /ends inside quotes/],
    ['x,"1,000"', /"1,000" in column "b" is no number/],
    ['x,NaN', /is no number/],
    ['x,--1', /is no number/],
    ['x,1e', /is no number/],
    ['x,.', /is no number/],
    [`x,${'9'.repeat(401)}`, /more than 400 digits/],
    ['x,1e400', /more than 400 digits/],
  ])('CSV: %s', (lines, why) => {
    expect(() => csv(lines)).toThrow(refusal);
    expect(() => csv(lines)).toThrow(why);
  });

  test('400 digits are a number', () => {
    expect(csv(`x,${'9'.repeat(400)}`)).toMatchObject({ size: 1 });
  });

  test('a column that is not there, with those that are', () => {
    expect(() => csv('1,2', { group_by: ['c'] })).toThrow('the input has no column "c"; it has "a", "b"');
  });

  test('NDJSON: what is no object, and a nested value of an asked field', () => {
    const ndjson = (lines: string): unknown => aggregatePart(Buffer.from(lines), planOf({ group_by: ['a'] }));
    expect(() => ndjson('{"a":1}\n[1]')).toThrow(/record 2 of a part is no object/);
    expect(() => ndjson('{"a":[1]}')).toThrow(/has a list as "a"/);
    expect(() => ndjson('{"b":{"a":{}},"a":{"x":"}"}}')).toThrow(/has an object as "a"/);
  });

  test('a field that no record has is found at the end', () => {
    expect(() => aggregated([Buffer.from('{"a":1}\n{"a":null}')], { ...none, group_by: ['a'], sum: ['pirce'] })).toThrow(
      'no record has a field "pirce"',
    );
  });

  test('a group whose name the answer needs', () => {
    expect(() => planOf({ group_by: ['sum(a)'], sum: ['a'] })).toThrow(refusal);
  });
});

describe('limits, one past each', () => {
  const held = (more: Partial<Held>): Held => ({ scales: [], seen: [1], groups: {}, size: 0, texts: 0, chars: 0, ...more });

  test.each([
    ['size', 100_000],
    ['texts', 500_000],
    ['chars', 16_777_216],
  ] as const)('%s', (field, max) => {
    expect(isOver(within(held({ [field]: max }), BOUNDS))).toBe(false);
    expect(isOver(within(held({ [field]: max + 1 }), BOUNDS))).toBe(true);
  });

  test('one group too many between two parts is over, in any order, and the answer states what to do', () => {
    const plan = planOf({ group_by: ['a'] }, { ...BOUNDS, groups: 1_000 });
    const part = (from: number, to: number): Uint8Array =>
      Buffer.from(`\ufeffa\n${Array.from({ length: to - from }, (_, row) => `${from + row}\n`).join('')}`);
    const parts = (): ReturnType<typeof aggregatePart>[] =>
      [part(0, 600), part(500, 1_000)].map((one) => aggregatePart(one, plan));
    const [left, right] = parts();
    const merged = mergePartials(left!, right!, plan);
    expect(answerOf(merged, ['a'], plan)).toHaveLength(1_000);
    const over = mergePartials(merged, aggregatePart(part(1_000, 1_001), plan), plan);
    expect(over).toEqual({ over: true });
    const [again] = parts();
    expect(mergePartials(again!, over, plan)).toEqual({ over: true });
    expect(() => answerOf(over, ['a'], plan)).toThrow(/more than 1000 groups.*group by fewer columns/);
  });
});

describe('decimals', () => {
  test('a sum of tenths is exact, however they are merged', async () => {
    const items = Array.from({ length: 1_000 }, (_, row) => ({ a: ['0.1', '0.2', '0.30'][row % 3] }));
    expect((await runTask(aggregate, { items, chunks: 7, params: { sum: ['a'], mean: ['a'] } })).result).toEqual([
      { 'count(*)': 1_000, 'sum(a)': 199.9, 'mean(a)': 0.1999 },
    ]);
  });

  test('a column has numbers where each is exactly one, else all its values are texts', () => {
    const part = Buffer.from('\ufeffk,n\na,1\nb,9007199254740993\n');
    expect(aggregated([part], { ...none, group_by: ['k'], sum: ['n'] })).toEqual([
      { k: 'a', 'count(*)': 1, 'sum(n)': '1' },
      { k: 'b', 'count(*)': 1, 'sum(n)': '9007199254740993' },
    ]);
  });

  test('the short way reads what the long way reads', () => {
    fc.assert(
      fc.property(
        fc.oneof(number, fc.string({ unit: fc.constantFrom('1', '0', '.', '-', 'e', ' '), maxLength: 18 })),
        (value) => {
          const bytes = Buffer.from(value);
          if (!readSmall(bytes, 0, bytes.length)) return;
          const long = readDecimal(value)!;
          expect([BigInt(small.units), small.scale]).toEqual([long.units, long.scale]);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('units add up across the exact numbers, and a quotient is rounded half to even', () => {
    expect(addUnits(Number.MAX_SAFE_INTEGER, 1)).toBe('9007199254740992');
    expect(addUnits('9007199254740992', -1)).toBe(Number.MAX_SAFE_INTEGER);
    expect([5n, 15n, -5n, -15n, 7n].map((units) => divided(units, 10n))).toEqual([0n, 2n, 0n, -2n, 1n]);
  });
});

describe('the kind', () => {
  test.each([1, 3, 12])('gives one answer whatever happens to %i parts of CSV', async (chunks) => {
    const rows = fc.sample(record, { numRuns: 40, seed: 7 });
    const bytes = csvOf(rows, false, '\r\n');
    await checkTask(aggregate, { bytes, chunks, params: all });
    const { result } = await runTask(aggregate, { bytes, chunks, params: all, failAt: [0] });
    expect(digitsOf(result as Row[])).toEqual(naive(rows));
  });

  test('without rows there are no groups', async () => {
    expect((await runTask(aggregate, { items: [] })).result).toEqual([]);
  });
});
