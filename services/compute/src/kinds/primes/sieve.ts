/**
 * Counts the primes among whole bytes of the wheel modulo 30: the door to `assembly/sieve.ts`, one instance per thread.
 *
 * Patterns of the primes 7 to 59 and of some above stand in for crossing them out: copying and AND-ing 16 bytes at a time is far cheaper
 * than crossing the many multiples of a small prime one by one. They take 40 KB, so they stay in the first-level cache.
 */
import { readFileSync } from 'node:fs';
import { basePrimes } from './base-primes.ts';

/** What `assembly/sieve.ts` exports. */
interface Sieve {
  readonly memory: WebAssembly.Memory;
  readonly LAYOUT_FROM: WebAssembly.Global<'i32'>;
  layPattern(index: number, at: number, p: number, q: number, r: number): number;
  takePrimes(at: number, count: number): void;
  begin(startByte: number, endByte: number, segmentBytes: number, firstMask: number, lastMask: number): void;
  advance(segments: number): number;
}

const PATTERNS = [
  [7, 23, 37],
  [11, 19, 31],
  [13, 17, 29],
  [41, 163, 1],
  [43, 157, 1],
  [47, 151, 1],
  [53, 149, 1],
  [59, 139, 1],
] as const;

/** Primes that no bit of the sieve shows: the wheel and the patterns leave them out. */
export const LEFT_OUT: readonly number[] = [2, 3, 5, ...PATTERNS.flat().filter((prime) => prime > 1)];

const PAGE_BYTES = 64 * 1024;
/** Value, next multiple and place on the wheel of one base prime. */
const PRIME_BYTES = 4 + 4 + 1;
/** Between two looks at `stopped`: 30 million numbers, about ten milliseconds. */
const BYTES_AT_ONCE = 1024 * 1024;

const sieve = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(new URL('./sieve.wasm', import.meta.url))))
  .exports as unknown as Sieve;
const primesAt = PATTERNS.reduce((at, [p, q, r], index) => sieve.layPattern(index, at, p, q, r), sieve.LAYOUT_FROM.value);
let primesThrough = 0;

/** A part of the number line: bytes of 30 numbers each, and masks of what counts in the first and in the last. */
export interface ByteSpan {
  startByte: number;
  endByte: number;
  firstMask: number;
  lastMask: number;
}

/** Bits left in the span by base primes up to `root`. Returns early with what it has when `stopped()` is true. */
export function countLeft({ startByte, endByte, firstMask, lastMask }: ByteSpan, root: number, stopped: () => boolean): number {
  layPrimes(root);
  const segment = segmentBytes(root, endByte - startByte);
  sieve.begin(startByte, endByte, segment, firstMask, lastMask);
  let count = 0;
  while (!stopped()) {
    const left = sieve.advance(Math.ceil(BYTES_AT_ONCE / segment));
    if (left < 0) break;
    count += left;
  }
  return count;
}

/** All segments of a span are alike: each visits every base prime, so a short one at the end would cost as much as a whole one. */
function segmentBytes(root: number, spanBytes: number): number {
  // Far spans have base primes that would miss a small segment more often than hit it.
  const preferred = root > 64 * 1024 ? 256 * 1024 : 64 * 1024;
  return Math.ceil(spanBytes / Math.max(1, Math.round(spanBytes / preferred)));
}

/** Lays the base primes where the sieve finds them, up to the next power of two, so that few of the chunks to come need more. */
function layPrimes(root: number): void {
  if (root <= primesThrough) return;
  const through = 2 ** Math.ceil(Math.log2(root));
  const primes = basePrimes(through).filter((prime) => !LEFT_OUT.includes(prime));
  const missing = primesAt + primes.length * PRIME_BYTES - sieve.memory.buffer.byteLength;
  if (missing > 0) sieve.memory.grow(Math.ceil(missing / PAGE_BYTES));
  new Int32Array(sieve.memory.buffer, primesAt, primes.length).set(primes);
  sieve.takePrimes(primesAt, primes.length);
  primesThrough = through;
}
