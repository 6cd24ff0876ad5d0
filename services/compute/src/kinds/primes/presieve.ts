/**
 * The sieve after crossing out the smallest primes, as a pattern that repeats: copying it is far cheaper than crossing their
 * many multiples one by one. With 7 to 17 it takes a fifth of all crossings away for 17 KB of memory.
 */
import { bitOf } from './wheel.ts';

/** The primes the pattern takes care of, in it also crossed out themselves. */
export const PRESIEVED = [7, 11, 13, 17] as const;
/** The first prime that still has to be crossed. */
export const FIRST_CROSSED = 19;

const PERIOD = PRESIEVED.reduce((product, prime) => product * prime, 1);
const pattern = buildPattern();

function buildPattern(): Uint8Array {
  const bytes = new Uint8Array(PERIOD).fill(0xff);
  for (const prime of PRESIEVED) {
    for (let multiple = prime; multiple < PERIOD * 30; multiple += prime) {
      const bit = bitOf(multiple % 30);
      if (bit >= 0) bytes[(multiple / 30) | 0]! &= ~(1 << bit);
    }
  }
  return bytes;
}

/** Fills the first `length` bytes of `sieve`, whose byte 0 stands for the numbers from `30 * startByte`. */
export function presieve(sieve: Uint8Array, length: number, startByte: number): void {
  let from = startByte % PERIOD;
  let filled = 0;
  while (filled < length) {
    const count = Math.min(PERIOD - from, length - filled);
    sieve.set(pattern.subarray(from, from + count), filled);
    filled += count;
    from = 0;
  }
}
