import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isManyhandsError } from '../errors.ts';
import { limits } from '../limits.ts';
import { fieldsOf, JsonText, parsedWithout, withoutField } from './json-text.ts';
import { encode } from './wire.ts';

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
/** JSON text with space where the grammar allows it. */
const spaced = (value: unknown): fc.Arbitrary<string> =>
  fc.constantFrom(undefined, 1, '\t', ' \n ').map((space) => JSON.stringify(value, null, space));
const isJson = (candidate: string): boolean => {
  try {
    JSON.parse(candidate);
    return true;
  } catch {
    return false;
  }
};

describe('cutting a field out of a message', () => {
  it('takes exactly its value, and leaves exactly the rest', () => {
    // No key that is a lone quote: V8 of Node 24 reads it as a backslash once it has seen an object with that key.
    const keys = fc.oneof(fc.string({ minLength: 2 }), fc.constantFrom('partial', '__proto__', 'constructor', '""', '\\\\'));
    const objects = fc.dictionary(keys, fc.jsonValue());
    fc.assert(
      fc.property(
        objects.chain((object) => fc.tuple(fc.constant(object), spaced(object))),
        ([object, message]) => {
          const { rest, field } = withoutField(message, 'partial');
          const { partial, ...others } = JSON.parse(message) as Record<string, unknown>;
          expect(JSON.stringify(JSON.parse(rest))).toBe(JSON.stringify(others));
          expect([...fieldsOf(message)].map(([name, value]) => [name, JSON.parse(value)])).toEqual(
            Object.entries(JSON.parse(message) as object),
          );
          expect(field === undefined ? undefined : JSON.stringify(JSON.parse(field.text))).toBe(
            Object.hasOwn(object, 'partial') ? JSON.stringify(partial) : undefined,
          );
        },
      ),
    );
  });

  it('does the same with the rest parsed, wherever the field stands, and whatever looks like it', () => {
    const like = fc.constantFrom(',"partial":1', '","partial":', '"partial":{', ',"partial":1}');
    const others = fc.dictionary(
      fc.oneof(fc.constantFrom('a', 'partials', '__proto__', ',"partial":'), like),
      fc.oneof(fc.jsonValue(), like, fc.record({ a: fc.constant(1), partial: fc.jsonValue() })),
      { maxKeys: 4 },
    );
    const written = fc.tuple(others, fc.option(fc.jsonValue()), others, fc.boolean()).map(([before, partial, after, isTwice]) =>
      [before, ...(partial === null ? [] : [{ partial }]), ...(isTwice ? [{ partial: 2 }] : []), after]
        .map((part) => JSON.stringify(part).slice(1, -1))
        .filter((part) => part !== '')
        .join(','),
    );
    fc.assert(
      fc.property(written, fc.constantFrom('', ' ', 'x', ',', '}', ',"b":1'), (fields, end) => {
        const message = `{${fields}${end}}`;
        if (!isJson(message)) return void expect(() => parsedWithout(message, 'partial')).toThrow(/not JSON/);
        const { rest, field } = withoutField(message, 'partial');
        expect(parsedWithout(message, 'partial')).toEqual({ rest: JSON.parse(rest), field });
      }),
      { numRuns: 2_000 },
    );
  });

  it('refuses whatever JSON.parse refuses', () => {
    const pieces = fc.array(
      fc.constantFrom(
        '{',
        '}',
        '[',
        ']',
        ',',
        ':',
        '"',
        '"a"',
        '1',
        '-',
        '0',
        '.5',
        'e3',
        'true',
        'nul',
        '\\u00',
        ' ',
        '\n',
        '\u0001',
      ),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          pieces.map((some) => some.join('')),
          fc.string(),
        ),
        (value) => {
          const message = `{"partial":${value}}`;
          if (isJson(message)) withoutField(message, 'partial');
          else expect(() => withoutField(message, 'partial')).toThrow(/not JSON/);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it.each(['12345678901234567890', '1e400', '-0', '{"__proto__":{"a":1}}', '{"a":1,"a":2}', '"\\u0000\\ud800"', '[ 1 ,\n2 ]'])(
    'leaves %s as it was written',
    (value) => {
      const { field } = withoutField(`{"v":1,"partial":${value},"failed":[]}`, 'partial');
      expect(field?.text).toBe(value);
      expect(text(encode({ result: field, after: [field] }))).toBe(`{"result":${value},"after":[${value}]}`);
    },
  );

  it('takes a value as deep as the limit, and refuses one deeper without running out of stack', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    expect(withoutField(`{"partial":${nested(limits.jsonDepthMax)}}`, 'partial').field?.text).toHaveLength(
      2 * limits.jsonDepthMax,
    );
    for (const depth of [limits.jsonDepthMax + 1, 300_000]) {
      expect(() => withoutField(`{"partial":${nested(depth)}}`, 'partial')).toThrow(/nested deeper than/);
    }
  });

  it.each(['', '[]', '1', '{"a":1}x', '{"a" 1}', '{"a":1,}', '{,}'])('refuses %j, which is no object', (message) => {
    expect(() => withoutField(message, 'a')).toThrow(
      expect.toSatisfy((error: unknown) => isManyhandsError(error, 'undecodable')),
    );
  });
});

describe('JSON text in a message', () => {
  it('cannot be forged by a string of a user', () => {
    const carried = new JsonText('1');
    const mark = JSON.stringify(text(encode([carried, carried])));
    expect(text(encode({ a: mark, b: 'json-text-0', c: carried }))).toBe(`{"a":${JSON.stringify(mark)},"b":"json-text-0","c":1}`);
  });

  it('is never written by JSON.stringify alone, where its mark would be taken for a string', () => {
    expect(() => JSON.stringify({ a: new JsonText('1') })).toThrow(/encode/);
  });
});
