/** The sum of the whole numbers in a span, by Gauss's formula: exact at any size, and as quick for 10^30 as for 10. */
import { type ExactNumber, writeExact } from './exact-number.ts';

/** The numbers `after < number <= through`. */
export interface NumberSpan {
  after: bigint;
  through: bigint;
}

export function sumOf({ after, through }: NumberSpan): ExactNumber {
  return writeExact(((after + 1n + through) * (through - after)) / 2n);
}
