import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { examineJson, type JsonFlaw } from './json-value.ts';

const bounds = { bytesMax: 1_000_000, depthMax: 500 };
const sentenceOf = (value: unknown): string => (examineJson(value, bounds) as JsonFlaw).sentence;

class Point {
  x = 1;
}
class Stack extends Array<number> {}
const selfish: { next?: unknown } = {};
selfish.next = [selfish];
const matched = 'abc'.match(/b/)!;
function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level += 1) value = level % 2 ? [value] : { a: value };
  return value;
}

describe('examineJson', () => {
  it.each<[string, unknown, RegExp]>([
    ['NaN', { mean: NaN }, /^partial\.mean is NaN; return null, or a string/],
    ['an infinity', [1, -Infinity], /^partial\[1\] is -Infinity; /],
    ['nothing', undefined, /^partial is undefined; /],
    ['an undefined property', { a: 1, b: undefined }, /^partial\.b is undefined; remove it, or return null/],
    ['an undefined entry', [[undefined]], /^partial\[0\]\[0\] is undefined; /],
    ['a hole', Object.assign([1, 2, 3], { length: 5 }), /^partial\[3\] is missing; /],
    ['a date', { rows: [{}, {}, {}, { when: new Date() }] }, /^partial\.rows\[3\]\.when is a Date; return its toISOString\(\)/],
    ['a map', { 'a key': new Map() }, /^partial\["a key"\] is a Map; return Object\.fromEntries/],
    ['a set', new Set([1]), /^partial is a Set; return \[\.\.\.it\]/],
    ['a BigInt', [1n], /^partial\[0\] is a BigInt; return its digits as a string/],
    ['a function', { compute() {} }, /^partial\.compute is a function; /],
    ['a symbol', [Symbol('s')], /^partial\[0\] is a symbol; /],
    ['a key that is a symbol', { [Symbol('s')]: 1 }, /^partial has a key that is a symbol/],
    ['a boxed number', [Object(1)], /^partial\[0\] is a Number; /],
    ['bytes', { data: new Uint8Array(2) }, /^partial\.data is an? Uint8Array; return Array\.from/],
    ['a buffer', Buffer.from('a'), /^partial is a Buffer; return Array\.from/],
    ['an instance', { at: new Point() }, /^partial\.at is a Point; return a plain object/],
    ['a kind of array', new Stack(), /^partial is a Stack; /],
    [
      'what a regular expression matched',
      [matched],
      /^partial\[0\] is an array with properties besides its entries \("groups"\)/,
    ],
    ['an array whose hole is made up for by a name', Object.assign([, 1], { name: 1 }), /^partial is an array with properties/],
    ['an object without a prototype', Object.create(null), /^partial is an object without a prototype/],
    ['an own toJSON nobody sees', Object.defineProperty({}, 'toJSON', { value: () => 1 }), /^partial has a method toJSON/],
    ['a promise', Promise.resolve(1), /^partial is a Promise; await it/],
    ['an error', new Error('x'), /^partial is an Error; return its message/],
    ['itself', selfish, /^partial\.next\[0\] contains itself/],
    ['500 levels and one', nested(501), /is nested deeper than 500 arrays or objects/],
    ['100,000 levels', nested(100_000), /is nested deeper than 500 arrays or objects/],
  ])('refuses %s, naming the path', (_, value, sentence) => {
    expect(examineJson(value, bounds)).toMatchObject({ is: 'not JSON', sentence: expect.stringMatching(sentence) as string });
  });

  it('takes what JSON holds, 500 levels deep, with words for keys that objects know themselves', () => {
    for (const value of [
      0,
      -0,
      '',
      '\ud800',
      true,
      null,
      [],
      {},
      nested(500),
      JSON.parse('{"__proto__":{"a":1},"constructor":2,"toJSON":3}'),
      Object.freeze([1]),
    ]) {
      expect(examineJson(value, bounds)).toBeTypeOf('number');
    }
  });

  it('looks into what stands under __proto__', () => {
    const value = JSON.parse('{"__proto__":[0]}') as Record<string, unknown[]>;
    Object.getOwnPropertyDescriptor(value, '__proto__')!.value[0] = NaN;
    expect(sentenceOf(value)).toMatch(/^partial\.__proto__\[0\] is NaN/);
  });

  it('keeps its sentence short, however long the way or the key', () => {
    expect(sentenceOf(nested(600)).length).toBeLessThan(400);
    expect(sentenceOf({ ['x'.repeat(100_000)]: NaN }).length).toBeLessThan(400);
  });

  it('says that a value is too large without walking all of it', () => {
    const twice = (value: unknown, times: number): unknown => (times === 0 ? value : twice([value, value], times - 1));
    let reads = 0;
    const endless: object = {
      get again() {
        reads += 1;
        return [endless, endless];
      },
    };
    for (const value of [
      'x'.repeat(1_000_000),
      twice('x', 100),
      new Array(4e9),
      { a: 'x'.repeat(999_996) },
      { ['x'.repeat(1_000_000)]: 1 },
    ]) {
      expect(examineJson(value, bounds)).toMatchObject({
        is: 'too large',
        sentence: 'it has more than 1000000 bytes as JSON, the most that can be sent',
      });
    }
    expect(examineJson(endless, bounds)).toMatchObject({ is: 'not JSON' });
    expect(reads).toBeLessThan(1_000);
  });

  it('counts no more bytes than there are', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(examineJson(value, bounds)).toBeLessThanOrEqual(Buffer.byteLength(JSON.stringify(value)));
      }),
    );
  });

  it('accepts exactly what comes back from its JSON text the same', { timeout: 60_000 }, () => {
    const leaf = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.oneof(fc.double(), fc.integer(), fc.string({ unit: 'binary' }), fc.boolean(), fc.constant(null)),
      },
      fc.constantFrom<unknown>(
        undefined,
        NaN,
        Infinity,
        -0,
        1n,
        Symbol('s'),
        () => 1,
        new Date(0),
        new Map([[1, 2]]),
        new Set(),
        new Point(),
        new Stack(),
        /x/,
        Object(1),
        Object(''),
        new Uint8Array(1),
        matched,
        [, 1],
        Object.assign([1], { more: 1 }),
        Object.assign([, 1], { more: 1 }),
        { toJSON: () => 1 },
        { toJSON: 1 },
        { [Symbol('s')]: 1 },
      ),
    );
    const key = fc.oneof(fc.constantFrom('__proto__', 'constructor', 'toJSON', 'length', '0', ''), fc.string());
    const object = (value: fc.Arbitrary<unknown>) =>
      fc.tuple(fc.array(fc.tuple(key, value), { maxLength: 4 }), fc.integer({ max: 9, min: 0 })).map(([entries, chance]) => {
        const made = chance === 0 ? (Object.create(null) as object) : {};
        for (const [name, one] of entries)
          Object.defineProperty(made, name, { value: one, enumerable: true, writable: true, configurable: true });
        return made;
      });
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 5, depthSize: 'small' },
        { weight: 2, arbitrary: leaf },
        fc.array(tie('value'), { maxLength: 4 }),
        object(tie('value')),
      ),
    }));
    let accepted = 0;
    let refused = 0;
    fc.assert(
      fc.property(value, (one) => {
        const isAccepted = typeof examineJson(one, bounds) === 'number';
        if (isAccepted) accepted += 1;
        else refused += 1;
        expect(isAccepted).toBe(comesBack(one));
      }),
      { numRuns: 500 },
    );
    expect(Math.min(accepted, refused)).toBeGreaterThan(50);
  });
});

/** Whether the value is the same after its way through JSON text, `-0` being the same as `0`. */
function comesBack(value: unknown): boolean {
  try {
    const text = JSON.stringify(value) as string | undefined;
    return text !== undefined && isDeepStrictEqual(JSON.parse(text), withoutNegativeZeros(value));
  } catch {
    return false;
  }
}

function withoutNegativeZeros(value: unknown): unknown {
  if (value === 0) return 0;
  if (typeof value !== 'object' || value === null) return value;
  const copy = Array.isArray(value)
    ? (Object.setPrototypeOf([], Object.getPrototypeOf(value) as object) as unknown[])
    : Object.getPrototypeOf(value) === Object.prototype
      ? {}
      : value;
  if (copy === value) return value;
  for (const key of Reflect.ownKeys(value)) {
    const described = Object.getOwnPropertyDescriptor(value, key)!;
    Object.defineProperty(
      copy,
      key,
      'value' in described ? { ...described, value: withoutNegativeZeros(described.value) } : described,
    );
  }
  return copy;
}
