import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exactNumber, isWrittenExactly, NUMBER } from './json-number.ts';

/** A literal as a fraction of whole numbers: nothing shared with the code under test. */
function valueOf(literal: string): { numerator: bigint; denominator: bigint } {
  const [mantissa = '', exponent = '0'] = literal.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const power = Number(exponent) - fraction.length;
  const digits = BigInt(whole.replace('-', '') + fraction) * (whole.startsWith('-') ? -1n : 1n);
  return power >= 0
    ? { numerator: digits * 10n ** BigInt(power), denominator: 1n }
    : { numerator: digits, denominator: 10n ** BigInt(-power) };
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [valueOf(one), valueOf(other)];
  return a.numerator * b.denominator === b.numerator * a.denominator;
}

const digits = fc.stringMatching(/^(0|[1-9][0-9]{0,24})$/);
const literal = fc
  .tuple(
    fc.constantFrom('', '-'),
    digits,
    fc.option(fc.stringMatching(/^[0-9]{1,22}$/), { nil: undefined }),
    fc.option(fc.tuple(fc.constantFrom('e', 'E', 'e+', 'e-', 'E-'), fc.integer({ min: 0, max: 340 })), { nil: undefined }),
  )
  .map(
    ([minus, whole, fraction, exponent]) =>
      `${minus}${whole}${fraction === undefined ? '' : `.${fraction}`}${exponent === undefined ? '' : exponent.join('')}`,
  );

describe('exactNumber', () => {
  test('takes a literal as the number that is written back as it is, or says why not', () => {
    fc.assert(
      fc.property(literal, (text) => {
        const taken = exactNumber(text);
        if (typeof taken === 'string') {
          expect(taken).toMatch(/send it as a string/);
          return;
        }
        expect(taken).toBe(JSON.parse(text) + 0);
        expect(isSame(text, JSON.stringify(taken)), text).toBe(true);
        if (!/e/i.test(text) && Number.isInteger(taken)) expect(isSame(text, BigInt(taken).toString()), text).toBe(true);
      }),
      { numRuns: 3_000 },
    );
  });

  test('takes every number as JavaScript writes it', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const isLongInteger = Number.isInteger(value) && !isWrittenExactly(value) && !/e/.test(String(value));
        expect(exactNumber(JSON.stringify(value))).toEqual(isLongInteger ? expect.any(String) : value + 0);
      }),
    );
  });

  test.each([
    ['0', 0],
    ['-0', 0],
    ['-0.0', 0],
    ['0e9', 0],
    ['0E-99999', 0],
    ['1.0', 1],
    ['1E3', 1_000],
    ['0.1e1', 1],
    ['10000000000000000000e-19', 1],
    ['9007199254740992.0', 2 ** 53],
    ['9007199254740992', 2 ** 53],
    ['1e22', 1e22],
    ['1e0000000000000000000022', 1e22],
    ['6.02214076e23', 6.02214076e23],
    ['0.1', 0.1],
    ['0.100000000000000000000000', 0.1],
    ['5e-324', 5e-324],
    ['1.7976931348623157e308', Number.MAX_VALUE],
    ['1e300', 1e300],
  ])('takes %s', (text, value) => {
    expect(exactNumber(text)).toBe(value);
  });

  test.each([
    ['9007199254740993', 'would be rounded to 9007199254740992'],
    ['9007199254740993.0', 'would be rounded to 9007199254740992'],
    ['9007199254740993e0', 'would be rounded to 9007199254740992'],
    ['90071992547409930e-1', 'would be rounded to 9007199254740992'],
    ['0.9007199254740993E16', 'would be rounded to 9007199254740992'],
    ['576460752303423488', 'would be rounded to 576460752303423500'],
    ['100000000000000000000000', 'would be rounded to 1e+23'],
    ['100000000000000000000000.0', 'would be rounded to 1e+23'],
    ['12345678901234567890.5', 'would be rounded to 12345678901234567000'],
    ['0.10000000000000001', 'would be rounded to 0.1'],
    ['1e-400', 'would be rounded to 0'],
    ['1e400', 'is beyond 1.8e308'],
    ['-1e400', 'is beyond 1.8e308'],
    ['1e99999999999999999999999', 'is beyond 1.8e308'],
  ])('refuses %s', (text, why) => {
    expect(exactNumber(text)).toContain(`${text} ${why}`);
  });

  test('names only the beginning of a long one', () => {
    for (const long of ['9'.repeat(70_000), `0.${'9'.repeat(70_000)}`])
      expect((exactNumber(long) as string).length).toBeLessThan(300);
  });
});

test('NUMBER is what JSON calls a number', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[-+.eE0-9]{1,8}$/), (text) => {
      NUMBER.lastIndex = 0;
      const whole = NUMBER.exec(text)?.[0] === text;
      let isJson = true;
      try {
        JSON.parse(text);
      } catch {
        isJson = false;
      }
      expect(whole).toBe(isJson);
    }),
    { numRuns: 2_000 },
  );
});
