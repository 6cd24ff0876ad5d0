/**
 * Numbers of JSON text, taken exactly or not at all. Pure.
 *
 * A number is taken when it is written back as the same decimal number (`0.1`, `1.50`, `1E3`, `-0` as 0). Of whole numbers without an exponent the value must be
 * the same too: `100000000000000000000000` (10^23) would be written back as `1e+23` and be 8,388,608 less. With an exponent it is taken as what it looks like, a measured
 * quantity (6.02214076e23); a kind that asks for an `integer` refuses it then (`params-check.ts`).
 */

/** A literal where `lastIndex` stands. */
export const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

const shownMax = 64;
/** Numbers of at most 15 digits come back from a double as they went, far from its ends. */
const keptDigits = 15;

/** The number, or a sentence about why there is none. */
export function exactNumber(literal: string): number | string {
  const value = Number(literal);
  if (literal === '0' || (literal.length <= keptDigits && Math.abs(value) > 1e-290 && Math.abs(value) < 1e290)) return value;
  const shown = literal.length > shownMax ? `${literal.slice(0, shownMax)}…` : literal;
  if (!Number.isFinite(value))
    return `${shown} is beyond 1.8e308, the largest JSON number; send it as a string, if the kind takes one`;
  if (isSameDecimal(literal, String(value)) && (/[eE]/.test(literal) || isExactInteger(literal, value)))
    return value === 0 ? 0 : value;
  return `${shown} would be rounded to ${value}; send it as a string: "${shown}", if the kind takes one, or send the rounded number`;
}

/** Without so many digits in a row, or such an exponent, no whole number in JSON text is rounded. */
export const MAY_ROUND = /\d{16}|[eE]\+?\d{3}/;
const WHOLE = /^-?\d+(?:\.0*)?$/;

/** The same, but of a number that is not whole the nearest is taken, which is what was meant by it. */
export function exactIfWhole(literal: string): number | string {
  const value = Number(literal);
  return WHOLE.test(literal) || !Number.isFinite(value) ? exactNumber(literal) : value;
}

/** Whether a whole number is the one that its decimal notation states. */
export function isWrittenExactly(value: number): boolean {
  return Number.isSafeInteger(value) || (Number.isInteger(value) && isSameDecimal(BigInt(value).toString(), String(value)));
}

function isExactInteger(literal: string, value: number): boolean {
  if (!Number.isInteger(value) || Number.isSafeInteger(value)) return true;
  return isWrittenExactly(value) && BigInt(literal.split('.')[0]!) === BigInt(value);
}

function isSameDecimal(one: string, other: string): boolean {
  const [a, b] = [decimalOf(one), decimalOf(other)];
  return a.digits === b.digits && (a.digits === '' || (a.exponent === b.exponent && a.isNegative === b.isNegative));
}

/** Digits without zeros at either end, and the power of ten of the last; zero has no digits. */
function decimalOf(literal: string): { isNegative: boolean; digits: string; exponent: number } {
  const [, minus = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(literal) ?? [];
  const all = whole + fraction;
  let end = all.length;
  while (end > 0 && all[end - 1] === '0') end -= 1;
  let begin = 0;
  while (begin < end && all[begin] === '0') begin += 1;
  return {
    isNegative: minus === '-',
    digits: all.slice(begin, end),
    exponent: Number(exponent) - fraction.length + (all.length - end),
  };
}
