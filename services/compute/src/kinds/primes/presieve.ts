/**
 * The sieve after crossing out the smallest primes, as patterns that repeat: copying and AND-ing whole words is far cheaper than
 * crossing the many multiples of a small prime one by one. 7 to 59 are half of all crossings; their patterns take 100 KB.
 *
 * A pattern of some primes repeats after their product, counted in bytes. 7 to 17 are copied; pairs of the others are AND-ed word by
 * word from tables in which word `w` holds the bytes `4w … 4w+3`, modulo the period.
 */
import { bitOf } from './wheel.ts';

const COPIED = [7, 11, 13, 17];
const PAIRS = [[19, 23], [29, 31], [37, 41], [43, 47], [53, 59]] as const;

/** The primes the patterns take care of; in them they are crossed out themselves. */
export const PRESIEVED: readonly number[] = [...COPIED, ...PAIRS.flat()];
/** The first prime that still has to be crossed. */
export const FIRST_CROSSED = 61;

const copied = bytePattern(COPIED);
const [pair0, pair1, pair2, pair3, pair4] = PAIRS.map(wordPattern) as [Int32Array, Int32Array, Int32Array, Int32Array, Int32Array];

/** Fills the first `length` bytes (and up to three more) of the sieve, whose byte 0 stands for the numbers from `30 * startByte`. */
export function presieve(bytes: Uint8Array, words: Int32Array, length: number, startByte: number): void {
  for (let filled = 0, from = startByte % copied.length; filled < length; from = 0) {
    const count = Math.min(copied.length - from, length - filled);
    bytes.set(copied.subarray(from, from + count), filled);
    filled += count;
  }
  andPairs(words, (length + 3) >> 2, startByte);
}

/** Goes in runs within which no pattern starts over, so that the inner loop is loads and ANDs alone. */
function andPairs(words: Int32Array, wordCount: number, startByte: number): void {
  let at0 = phaseOf(pair0.length, startByte);
  let at1 = phaseOf(pair1.length, startByte);
  let at2 = phaseOf(pair2.length, startByte);
  let at3 = phaseOf(pair3.length, startByte);
  let at4 = phaseOf(pair4.length, startByte);
  for (let word = 0; word < wordCount; ) {
    const run = Math.min(wordCount - word, pair0.length - at0, pair1.length - at1, pair2.length - at2, pair3.length - at3, pair4.length - at4);
    for (let step = 0; step < run; step += 1) {
      words[word + step]! &= pair0[at0 + step]! & pair1[at1 + step]! & pair2[at2 + step]! & pair3[at3 + step]! & pair4[at4 + step]!;
    }
    word += run;
    at0 = (at0 + run) % pair0.length;
    at1 = (at1 + run) % pair1.length;
    at2 = (at2 + run) % pair2.length;
    at3 = (at3 + run) % pair3.length;
    at4 = (at4 + run) % pair4.length;
  }
}

/** The word of a table that holds byte `startByte` of its pattern first. Periods are odd, so it exists. */
function phaseOf(period: number, startByte: number): number {
  let byte = startByte % period;
  while (byte % 4 !== 0) byte += period;
  return byte / 4;
}

function bytePattern(primes: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(primes.reduce((product, prime) => product * prime)).fill(0xff);
  for (const prime of primes) {
    for (let multiple = prime; multiple < bytes.length * 30; multiple += prime) {
      const bit = bitOf(multiple % 30);
      if (bit >= 0) bytes[Math.floor(multiple / 30)]! &= ~(1 << bit);
    }
  }
  return bytes;
}

function wordPattern(primes: readonly number[]): Int32Array {
  const bytes = bytePattern(primes);
  return new Int32Array(Uint8Array.from({ length: bytes.length * 4 }, (_, index) => bytes[index % bytes.length]!).buffer);
}
