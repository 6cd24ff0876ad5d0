import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { caretAfter, digitsOf, exactOf, grouped, numberOf } from './typed-number.ts';

describe('digitsOf', () => {
  it.each([
    ['1000', '1000'],
    ['1,000,000', '1000000'],
    ['1 000\u202f000', '1000000'],
    ['1_000', '1000'],
    ['10^9', '1000000000'],
    ['10 ** 9', '1000000000'],
    ['10⁹', '1000000000'],
    ['-2^3', '-8'],
    ['2^53 − 1', '9007199254740991'],
    ['10^18+3', '1000000000000000003'],
    ['1e9', '1000000000'],
    ['2.5E6', '2500000'],
    ['1.2345e2', '123.45'],
    ['12e-3', '0.012'],
    ['.5', '0.5'],
    ['1.', '1'],
    ['-0', '0'],
    ['−3', '-3'],
    ['007', '7'],
    ['', null],
    ['-', null],
    ['.', null],
    ['ten', null],
    ['1.2.3', null],
    ['10^', null],
    ['10^-2', null],
    ['9^9^9', null],
    ['10^400', null],
    ['1e400', '1' + '0'.repeat(400)],
    ['1e401', null],
    ['0x10', null],
    ['Infinity', null],
  ])('%s: %s', (text, expected) => {
    expect(digitsOf(text)).toBe(expected);
  });

  it('takes what a power may make at most, and nothing past it', () => {
    expect(digitsOf('10^200')).toBe('1' + '0'.repeat(200));
    expect(digitsOf('10^201')).toBeNull();
  });

  it('reads any number that JavaScript writes', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Number(digitsOf(String(value)))).toBeCloseTo(value, 10);
        expect(Number(digitsOf(String(value)))).toBe(value === 0 ? 0 : value);
      }),
    );
  });
});

describe('grouped', () => {
  it.each([
    ['1000', '1,000'],
    ['12,34', '1,234'],
    ['-1234567.8901', '-1,234,567.8901'],
    ['1234.', '1,234.'],
    ['999', '999'],
    ['10^9', '10^9'],
    ['1e9', '1e9'],
    ['', ''],
    ['abc', 'abc'],
  ])('%s: %s', (text, expected) => {
    expect(grouped(text)).toBe(expected);
  });

  it('reads back as the same digits, and is the same when grouped again', () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.stringMatching(/^(\.\d{0,9})?$/), (whole, rest) => {
        const text = `${whole}${rest}`;
        expect(digitsOf(grouped(text))).toBe(digitsOf(text));
        expect(grouped(grouped(text))).toBe(grouped(text));
      }),
    );
  });

  it('leaves the caret behind the digits that it was behind', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\d{1,30}$/), fc.nat(30), (text, wanted) => {
        const caret = Math.min(wanted, text.length);
        const after = grouped(text);
        const before = after.slice(0, caretAfter(text, caret, after));
        expect(before.replaceAll(',', '')).toBe(text.slice(0, caret));
      }),
    );
  });
});

it('a number stays one while a double holds it, and keeps its digits past that', () => {
  expect(exactOf('9007199254740991')).toBe(9_007_199_254_740_991);
  expect(exactOf('9007199254740993')).toBe('9007199254740993');
  expect(exactOf('0.5')).toBe(0.5);
});

it('a field is a number, empty, or neither', () => {
  expect(['10^3', ' ', 'ten'].map(numberOf)).toEqual([1_000, null, NaN]);
});
