/**
 * Numbers as people type them, and as they read them back. Pure.
 *
 *   1,000,000   1 000 000   1_000_000   10^9   10**9   2^53 − 1   10⁹   1e9   2.5e6   −3   0.001
 *
 * Invariant: what is grouped reads back as the same digits; a number with more digits than a double holds keeps them all.
 */
import { thousands } from './thousands.ts';

/** Digits that a power or an exponent may make; more is a slip of the finger. */
const digitsMost = 400;

const signs = /[−–]/g;
const separators = /[,_'’\s]/g;
const raised = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** Its digits in plain form, such as `1000000` or `-0.5`; null when it is no number. */
export function digitsOf(text: string): string | null {
  const plain = text
    .replace(signs, '-')
    .replace(/[⁰¹²³⁴⁵⁶⁷⁸⁹]+/g, (power) => `^${[...power].map((each) => raised.indexOf(each)).join('')}`)
    .replaceAll('**', '^')
    .replace(separators, '');
  const power = /^(-?)(\d+)\^(\d+)(?:([+-])(\d+))?$/.exec(plain);
  if (power) return powerOf(power[1] ?? '', power[2] ?? '', power[3] ?? '', `${power[4] ?? ''}${power[5] ?? ''}`);
  const decimal = /^(-?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(plain);
  if (!decimal) return null;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = decimal;
  if (whole === '' && fraction === '') return null;
  return shifted(sign, whole, fraction, Number(exponent));
}

/** What was typed, its digits grouped in thousands; anything else as it is. */
export function grouped(text: string): string {
  const [, sign, whole, rest] = /^([-−–]?)([\d,_]+)(\.\d*)?$/.exec(text) ?? [];
  if (whole === undefined) return text;
  return `${sign}${thousands(whole.replace(separators, ''))}${rest ?? ''}`;
}

/** Where the caret belongs after grouping: behind as many characters that are no separators as before. */
export function caretAfter(text: string, caret: number, groupedText: string): number {
  let left = text.slice(0, caret).replace(separators, '').length;
  let at = 0;
  while (left > 0 && at < groupedText.length) {
    if (groupedText[at] !== ',') left -= 1;
    at += 1;
  }
  return at;
}

/** A number where a double holds it exactly, else its digits. */
export function exactOf(digits: string): number | string {
  const value = Number(digits);
  return digits.includes('.') || Number.isSafeInteger(value) ? value : digits;
}

/** For a field of our own: null when empty, and NaN when it is no number. */
export function numberOf(text: string): number | null {
  return text.trim() === '' ? null : Number(digitsOf(text) ?? NaN);
}

function powerOf(sign: string, base: string, exponent: string, added: string): string | null {
  if (exponent.length > 4 || Number(exponent) * base.length > digitsMost) return null;
  const value = BigInt(base) ** BigInt(exponent) + BigInt(added === '' ? 0 : added);
  return String(sign === '-' ? -value : value);
}

function shifted(sign: string, whole: string, fraction: string, exponent: number): string | null {
  if (Math.abs(exponent) > digitsMost) return null;
  const point = whole.length + exponent;
  const digits = (whole + fraction)
    .padEnd(Math.max(0, point), '0')
    .padStart(whole.length + fraction.length - Math.min(0, point), '0');
  const cut = Math.max(0, point);
  const before = digits.slice(0, cut).replace(/^0+(?=\d)/, '') || '0';
  const after = digits.slice(cut).replace(/(?<!0)0+$/, '');
  const text = after === '' ? before : `${before}.${after}`;
  return sign === '-' && text !== '0' ? `-${text}` : text;
}
