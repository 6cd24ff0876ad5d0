/**
 * Counts the primes in a span of numbers.
 *
 * Invariant: exact for every span within 0…10^11, and the memory is one segment plus nine bytes per base prime.
 */
import { countLeft, LEFT_OUT } from './sieve.ts';
import { maskFrom, maskThrough } from './wheel.ts';

/** The number of primes `p` with `after < p <= through`. Returns early with what it has when `stopped()` is true. */
export function countPrimes(after: number, through: number, stopped: () => boolean = () => false): number {
  if (through <= after) return 0;
  const leftOut = LEFT_OUT.filter((prime) => after < prime && prime <= through).length;
  const span = {
    startByte: Math.floor((after + 1) / 30),
    endByte: Math.floor(through / 30) + 1,
    firstMask: maskFrom((after + 1) % 30),
    lastMask: maskThrough(through % 30),
  };
  return leftOut + countLeft(span, Math.floor(Math.sqrt(through)), stopped);
}
