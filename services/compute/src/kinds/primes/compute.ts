/**
 * Counts the primes in a span of numbers with a segmented sieve of Eratosthenes on the wheel modulo 30.
 *
 * Always true: exact for every span within 0…10^11, and the memory is one segment plus eight positions per base prime.
 *
 * A segment stays in the second-level cache (128 KB stand for about four million numbers). Rejected: one bit per odd number (15 bits
 * against 8 for 30 numbers: twice the memory and crossings), and segments of 32 KB (four times as many starts per base prime).
 */
import { basePrimes } from './base-primes.ts';
import { crossOften, crossSeldom, MANY_HITS_BELOW } from './cross-out.ts';
import { FIRST_CROSSED, presieve, PRESIEVED } from './presieve.ts';
import { maskFrom, maskThrough, WHEEL } from './wheel.ts';

/** Bytes of one segment; far spans use the larger, so that large base primes still hit each segment. */
const SEGMENT_BYTES = 128 * 1024;
const SEGMENT_BYTES_FAR = 256 * 1024;

/** Primes the sieve itself never shows. */
const COUNTED_APART: readonly number[] = [2, 3, 5, ...PRESIEVED];

const bytes = new Uint8Array(SEGMENT_BYTES_FAR);
const words = new Int32Array(bytes.buffer);
/** Next byte to cross, relative to the segment: eight residues per base prime, kept between spans to save allocations. */
let positions = new Int32Array(0);

/** The base primes that are being crossed: those from `from` up to but not including `to`. */
interface Crossing {
  primes: Int32Array;
  from: number;
  to: number;
}

/** The number of primes `p` with `after < p <= through`. Returns early with what it has when `stopped()` says so. */
export function countPrimes(after: number, through: number, stopped: () => boolean = () => false): number {
  if (through <= after) return 0;
  let count = 0;
  for (const prime of COUNTED_APART) if (after < prime && prime <= through) count += 1;

  const root = Math.floor(Math.sqrt(through));
  const crossing = startCrossing(root);
  const segmentBytes = root > SEGMENT_BYTES ? SEGMENT_BYTES_FAR : SEGMENT_BYTES;
  const firstByte = Math.floor((after + 1) / 30);
  const endByte = Math.floor(through / 30) + 1;
  for (let start = firstByte; start < endByte; start += segmentBytes) {
    if (stopped()) return count;
    const length = Math.min(segmentBytes, endByte - start);
    presieve(bytes, words, length, start);
    takeInPrimes(crossing, Math.min(root, Math.floor(Math.sqrt((start + length) * 30))), start);
    crossOut(crossing, length);
    if (start === 0) bytes[0]! &= ~1;
    if (start === firstByte) bytes[0]! &= maskFrom((after + 1) % 30);
    if (start + length === endByte) bytes[length - 1]! &= maskThrough(through % 30);
    count += countBits(length);
  }
  return count;
}

function startCrossing(root: number): Crossing {
  const primes = basePrimes(root);
  if (positions.length < primes.length * 8) positions = new Int32Array(primes.length * 8);
  let from = 0;
  while (from < primes.length && primes[from]! < FIRST_CROSSED) from += 1;
  return { primes, from, to: from };
}

/** Takes in the base primes whose square has come into reach: each starts at its first multiple on the wheel from its square on. */
function takeInPrimes(crossing: Crossing, root: number, startByte: number): void {
  const { primes } = crossing;
  for (; crossing.to < primes.length && primes[crossing.to]! <= root; crossing.to += 1) {
    const prime = primes[crossing.to]!;
    const factorMin = Math.max(prime, Math.ceil((startByte * 30) / prime));
    const turn = Math.floor(factorMin / 30);
    const residueMin = factorMin - turn * 30;
    for (let index = 0; index < 8; index += 1) {
      const residue = WHEEL[index]!;
      const turns = residue < residueMin ? turn + 1 : turn;
      positions[crossing.to * 8 + index] = prime * turns - startByte + Math.floor((prime * residue) / 30);
    }
  }
}

function crossOut({ primes, from, to }: Crossing, length: number): void {
  let index = from;
  for (; index < to && primes[index]! < MANY_HITS_BELOW; index += 1) crossOften(bytes, length, primes[index]!, positions, index * 8);
  for (; index < to; index += 1) crossSeldom(bytes, length, primes[index]!, positions, index * 8);
}

/** Bits set in the first `length` bytes. Population count of 32 bits: Warren, Hacker's Delight, figure 5-2. */
function countBits(length: number): number {
  bytes.fill(0, length, (length + 3) & ~3);
  const end = (length + 3) >> 2;
  let count = 0;
  for (let index = 0; index < end; index += 1) {
    let word = words[index]!;
    word -= (word >>> 1) & 0x55555555;
    word = (word & 0x33333333) + ((word >>> 2) & 0x33333333);
    word = (word + (word >>> 4)) & 0x0f0f0f0f;
    count += Math.imul(word, 0x01010101) >>> 24;
  }
  return count;
}
