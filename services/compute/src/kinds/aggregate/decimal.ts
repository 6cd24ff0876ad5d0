/**
 * Decimals without rounding: a whole number of units, and how many digits stand behind the point. `12.50` is 1250 units of scale 2.
 *
 * Invariant: units are a number while it is one that a JSON number holds exactly, else digits as a string, so each value has one form.
 */
import { ComputeRefused } from '@manyhands/worker/task';

/** In partials. */
export type Units = number | string;

const DIGITS_MAX = 400;

const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
/** So many digits are a number below 2^53, whatever they are. */
const SAFE_DIGITS = 15;

/** What `readSmall` found; one for all, so that nothing is made for each cell. */
export const small = { units: 0, scale: 0 };

/** Reads plain digits with a sign and a point, at most 15 of them, into `small`. False for anything else, which may still be a number. */
export function readSmall(bytes: Uint8Array, begin: number, end: number): boolean {
  let at = begin;
  const isNegative = bytes[at] === MINUS;
  if (isNegative) at += 1;
  if (at >= end || end - at > SAFE_DIGITS + 1) return false;
  let units = 0;
  let pointAt = -1;
  const first = at;
  for (; at < end; at += 1) {
    const byte = bytes[at]!;
    if (byte >= ZERO && byte <= NINE) units = units * 10 + (byte - ZERO);
    else if (byte === POINT && pointAt === -1) pointAt = at;
    else return false;
  }
  const digits = end - first - (pointAt === -1 ? 0 : 1);
  if (digits > SAFE_DIGITS || digits === 0) return false;
  small.units = isNegative ? 0 - units : units;
  small.scale = pointAt === -1 ? 0 : end - pointAt - 1;
  return true;
}

export interface Decimal {
  units: bigint;
  scale: number;
}

/** Any decimal: with a sign, a point, an exponent, spaces around. Undefined when it is none. Throws `ComputeRefused` for more than 400 digits. */
export function readDecimal(text: string): Decimal | undefined {
  const found = /^[ \t]*([+-]?)(?=[\d.])(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,6}))?[ \t]*$/.exec(text);
  if (!found) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = found;
  if (whole === '' && fraction === '') return undefined;
  const scale = fraction.length - Number(exponent);
  if (whole.length + fraction.length + Math.abs(Number(exponent)) > DIGITS_MAX)
    throw new ComputeRefused(`${text.slice(0, 60)} has more than ${DIGITS_MAX} digits`);
  const digits = BigInt(`${whole}${fraction}`);
  const units = sign === '-' ? -digits : digits;
  return scale >= 0 ? { units, scale } : { units: units * 10n ** BigInt(-scale), scale: 0 };
}

export function unitsOf(value: bigint): Units {
  return value >= SAFE_MIN && value <= SAFE_MAX ? Number(value) : value.toString();
}

const SAFE_MIN = BigInt(Number.MIN_SAFE_INTEGER);
const SAFE_MAX = BigInt(Number.MAX_SAFE_INTEGER);

export function addUnits(left: Units, right: Units): Units {
  if (typeof left === 'number' && typeof right === 'number') {
    const sum = left + right;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return unitsOf(BigInt(left) + BigInt(right));
}

export function isLess(left: Units, right: Units): boolean {
  return typeof left === 'number' && typeof right === 'number' ? left < right : BigInt(left) < BigInt(right);
}

/** The same value with so many more digits behind the point. */
export function finer(units: Units, digits: number): Units {
  return unitsOf(BigInt(units) * 10n ** BigInt(digits));
}

/** Without zeros at the end: `1250` of scale 2 is `12.5`. */
export function decimalText(units: bigint, scale: number): string {
  const isNegative = units < 0n;
  const digits = (isNegative ? -units : units).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const fraction = digits.slice(digits.length - scale).replace(/(?<!0)0+$/, '');
  return `${isNegative ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

/** The quotient as whole units, rounded half to even. */
export function divided(units: bigint, by: bigint): bigint {
  const isNegative = units < 0n;
  const size = isNegative ? -units : units;
  const twice = (size % by) * 2n;
  let quotient = size / by;
  if (twice > by || (twice === by && quotient % 2n === 1n)) quotient += 1n;
  return isNegative ? -quotient : quotient;
}

/** Whether a JSON number gives back just these digits, in every language that reads it as a float of 64 bits. */
export function isExactNumber(text: string): boolean {
  const value = Number(text);
  return Math.abs(value) <= Number.MAX_SAFE_INTEGER && String(value) === text;
}
