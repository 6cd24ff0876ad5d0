/** Whole numbers of any size as JSON: a number while JSON numbers are exact, else a string of digits. */
import { ComputeRefused } from '@manyhands/worker/task';

export type ExactNumber = number | string;

/** Reads a whole number from 0 that came as JSON. Refuses what JSON has already rounded. */
export function readExact(name: string, value: unknown): bigint {
  if (typeof value === 'string' && /^[0-9]+$/.test(value)) return BigInt(value);
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) {
    throw new ComputeRefused(`${name} must be a whole number from 0, or a string of digits`);
  }
  const exact = BigInt(value);
  // Its shortest notation differs from what it is: more digits were sent than a JSON number holds.
  if (BigInt(shortest(value)) !== exact) {
    throw new ComputeRefused(`${name} has more digits than a JSON number holds; send it as a string, like "${exact}"`);
  }
  return exact;
}

export function writeExact(value: bigint): ExactNumber {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value.toString();
}

/** The shortest decimal that names this number, written out without an exponent. */
function shortest(value: number): string {
  const [digits = '0', exponent = '0'] = value.toString().split('e+');
  const [whole = '0', fraction = ''] = digits.split('.');
  return exponent === '0' ? whole : whole + fraction.padEnd(Number(exponent), '0');
}
