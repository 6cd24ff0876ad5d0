/** Adds two partial sums exactly. */
import { type ExactNumber, writeExact } from './exact-number.ts';

export function addSums(left: ExactNumber, right: ExactNumber): ExactNumber {
  return writeExact(BigInt(left) + BigInt(right));
}
