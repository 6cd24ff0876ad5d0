/**
 * The sieve itself, in AssemblyScript: WebAssembly with 128-bit SIMD, for which TypeScript has no words.
 *
 * A segmented sieve of Eratosthenes on the wheel modulo 30: one byte stands for 30 numbers, one bit for each residue that 2, 3 and 5
 * leave over. A segment is made from patterns of the small primes (SIMD), the others are crossed out prime by prime, the bits that are
 * left are counted (SIMD).
 *
 * Always true: bytes above the layout below belong to the caller (`sieve.ts`), who lays out patterns and base primes there before
 * `begin`. No bounds are checked here but those of WebAssembly itself.
 *
 * `npm run sieve -w services/compute` makes src/kinds/primes/sieve.wasm from this file and wheel.ts.
 */

import { bitOf, maskOf, restOf, wheel } from './wheel';

// Memory: tables, then one segment, then what the caller lays out.
const STEPS: usize = 1024;
const PATTERNS: usize = 2048;
const SEGMENT: usize = 1 << 16;
/** Room for the largest segment and 16 bytes more, which SIMD may write past its end. */
const SEGMENT_BYTES_MAX: usize = 1 << 19;
export const LAYOUT_FROM: usize = SEGMENT + SEGMENT_BYTES_MAX + 64;

/** Patterns: their number is fixed, so that one pass ANDs them all. */
const PATTERN_COUNT: usize = 8;

@inline function keep(at: usize, mask: i32): void {
  store<u8>(at, <u8>(load<u8>(at) & mask));
}

// ── Patterns of the small primes ─────────────────────────────────────────────────────────────────────────────────────────

/** Lays pattern `index` of the primes p, q and r (1 for none) at `at`. Returns where the next may begin. */
export function layPattern(index: i32, at: usize, p: i32, q: i32, r: i32): usize {
  const period = p * q * r;
  store<u32>(PATTERNS + <usize>index * 8, <u32>at);
  store<u32>(PATTERNS + <usize>index * 8 + 4, <u32>period);
  memory.fill(at, 0xff, <usize>period + 16);
  layMultiples(at, period, p);
  layMultiples(at, period, q);
  layMultiples(at, period, r);
  return (at + <usize>period + 31) & ~15;
}

function layMultiples(at: usize, period: i32, prime: i32): void {
  if (prime == 1) return;
  for (let multiple = prime; multiple < (period + 16) * 30; multiple += prime) {
    const residue = multiple % 30;
    if (residue % 2 != 0 && residue % 3 != 0 && residue % 5 != 0) keep(at + <usize>(multiple / 30), 0xff & ~(1 << bitOf(residue)));
  }
}

@inline function patternAt(index: usize): usize {
  return <usize>load<u32>(PATTERNS + index * 8);
}
@inline function periodOf(index: usize): usize {
  return <usize>load<u32>(PATTERNS + index * 8 + 4);
}
@inline function phaseOf(index: usize, startByte: u64): usize {
  return <usize>(startByte % <u64>periodOf(index));
}
@inline function nextPhase(index: usize, phase: usize): usize {
  return phase == periodOf(index) ? 0 : phase;
}

/** Fills the segment in runs within which no pattern starts over. Up to 15 bytes too many are written; the next run, or nobody, reads them. */
function presieve(length: usize, startByte: u64): void {
  let phase0 = phaseOf(0, startByte), phase1 = phaseOf(1, startByte), phase2 = phaseOf(2, startByte), phase3 = phaseOf(3, startByte);
  let phase4 = phaseOf(4, startByte), phase5 = phaseOf(5, startByte), phase6 = phaseOf(6, startByte), phase7 = phaseOf(7, startByte);
  for (let filled: usize = 0; filled < length; ) {
    const run = min(
      length - filled,
      min(
        min(min(periodOf(0) - phase0, periodOf(1) - phase1), min(periodOf(2) - phase2, periodOf(3) - phase3)),
        min(min(periodOf(4) - phase4, periodOf(5) - phase5), min(periodOf(6) - phase6, periodOf(7) - phase7)),
      ),
    );
    const from0 = patternAt(0) + phase0, from1 = patternAt(1) + phase1, from2 = patternAt(2) + phase2, from3 = patternAt(3) + phase3;
    const from4 = patternAt(4) + phase4, from5 = patternAt(5) + phase5, from6 = patternAt(6) + phase6, from7 = patternAt(7) + phase7;
    const to = SEGMENT + filled;
    for (let at: usize = 0; at < run; at += 16) {
      const low = v128.and(v128.and(v128.load(from0 + at), v128.load(from1 + at)), v128.and(v128.load(from2 + at), v128.load(from3 + at)));
      const high = v128.and(v128.and(v128.load(from4 + at), v128.load(from5 + at)), v128.and(v128.load(from6 + at), v128.load(from7 + at)));
      v128.store(to + at, v128.and(low, high));
    }
    filled += run;
    phase0 = nextPhase(0, phase0 + run); phase1 = nextPhase(1, phase1 + run); phase2 = nextPhase(2, phase2 + run); phase3 = nextPhase(3, phase3 + run);
    phase4 = nextPhase(4, phase4 + run); phase5 = nextPhase(5, phase5 + run); phase6 = nextPhase(6, phase6 + run); phase7 = nextPhase(7, phase7 + run);
  }
}

// ── Base primes: value, next multiple (byte relative to the segment), place of its factor on the wheel ───────────────────

let primesAt: usize = 0;
let nextAt: usize = 0;
let placesAt: usize = 0;
let primeCount: i32 = 0;

/** Tells where the caller laid the base primes: `count` values of 32 bits, and five bytes of room for each after them. */
export function takePrimes(at: usize, count: i32): void {
  placed = 0;
  primesAt = at;
  primeCount = count;
  nextAt = at + (<usize>count << 2);
  placesAt = nextAt + (<usize>count << 2);
  for (let row = 0; row < 8; row++) {
    const residue = wheel(row);
    for (let place = 0; place < 8; place++) {
      const step = STEPS + <usize>(row * 8 + place);
      const turned = place == 7 ? 31 : wheel(place + 1);
      store<u8>(step, <u8>maskOf(residue, place));
      store<u8>(step + 64, <u8>(turned - wheel(place)));
      store<u8>(step + 128, <u8>((residue * turned) / 30 - restOf(residue, place)));
    }
  }
}

@inline function primeAt(index: i32): u32 {
  return load<u32>(primesAt + (<usize>index << 2));
}

/** Sets a base prime to its first multiple on the wheel, from its square and from `startByte` on. */
function placePrime(index: i32, startByte: u64): void {
  const prime = <u64>primeAt(index);
  const factor = max(prime, (startByte * 30 + prime - 1) / prime);
  let turn = factor / 30;
  const residue = <i32>(factor - turn * 30);
  let place = 0;
  while (place < 8 && wheel(place) < residue) place++;
  if (place == 8) {
    place = 0;
    turn++;
  }
  store<u32>(nextAt + (<usize>index << 2), <u32>(prime * turn + (prime * <u64>wheel(place)) / 30 - startByte));
  store<u8>(placesAt + <usize>index, <u8>place);
}

/** Crosses out a prime of one residue: with the residue known, masks are constants, and a turn of the wheel is eight crossings without a test. */
@inline function crossTurns(residue: i32, prime: usize, length: usize, nextOf: usize, placeOf: usize): void {
  const end = SEGMENT + length;
  const thirties = prime / 30;
  const to1 = thirties * 6 + restOf(residue, 1);
  const to2 = thirties * 10 + restOf(residue, 2);
  const to3 = thirties * 12 + restOf(residue, 3);
  const to4 = thirties * 16 + restOf(residue, 4);
  const to5 = thirties * 18 + restOf(residue, 5);
  const to6 = thirties * 22 + restOf(residue, 6);
  const to7 = thirties * 28 + restOf(residue, 7);
  let at = SEGMENT + <usize>load<u32>(nextOf);
  let place = <i32>load<u8>(placeOf);
  for (;;) {
    if (place != 0) {
      if (place <= 1) { if (at >= end) { place = 1; break; } keep(at, maskOf(residue, 1)); at += to2 - to1; }
      if (place <= 2) { if (at >= end) { place = 2; break; } keep(at, maskOf(residue, 2)); at += to3 - to2; }
      if (place <= 3) { if (at >= end) { place = 3; break; } keep(at, maskOf(residue, 3)); at += to4 - to3; }
      if (place <= 4) { if (at >= end) { place = 4; break; } keep(at, maskOf(residue, 4)); at += to5 - to4; }
      if (place <= 5) { if (at >= end) { place = 5; break; } keep(at, maskOf(residue, 5)); at += to6 - to5; }
      if (place <= 6) { if (at >= end) { place = 6; break; } keep(at, maskOf(residue, 6)); at += to7 - to6; }
      if (at >= end) { place = 7; break; }
      keep(at, maskOf(residue, 7));
      at += prime - to7;
    }
    for (const allFit = end > to7 ? end - to7 : 0; at < allFit; at += prime) {
      keep(at, maskOf(residue, 0));
      keep(at + to1, maskOf(residue, 1));
      keep(at + to2, maskOf(residue, 2));
      keep(at + to3, maskOf(residue, 3));
      keep(at + to4, maskOf(residue, 4));
      keep(at + to5, maskOf(residue, 5));
      keep(at + to6, maskOf(residue, 6));
      keep(at + to7, maskOf(residue, 7));
    }
    if (at >= end) { place = 0; break; }
    keep(at, maskOf(residue, 0));
    at += to1;
    place = 1;
  }
  store<u32>(nextOf, <u32>(at - end));
  store<u8>(placeOf, <u8>place);
}

function crossTurns1(prime: usize, length: usize, nextOf: usize, placeOf: usize): void { crossTurns(1, prime, length, nextOf, placeOf); }
function crossTurns7(prime: usize, length: usize, nextOf: usize, placeOf: usize): void { crossTurns(7, prime, length, nextOf, placeOf); }
function crossTurns11(prime: usize, length: usize, nextOf: usize, placeOf: usize): void { crossTurns(11, prime, length, nextOf, placeOf); }
function crossTurns13(prime: usize, length: usize, nextOf: usize, placeOf: usize): void { crossTurns(13, prime, length, nextOf, placeOf); }
function crossTurns17(prime: usize, length: usize, nextOf: usize, placeOf: usize): void { crossTurns(17, prime, length, nextOf, placeOf); }
function crossTurns19(prime: usize, length: usize, nextOf: usize, placeOf: usize): void { crossTurns(19, prime, length, nextOf, placeOf); }
function crossTurns23(prime: usize, length: usize, nextOf: usize, placeOf: usize): void { crossTurns(23, prime, length, nextOf, placeOf); }
function crossTurns29(prime: usize, length: usize, nextOf: usize, placeOf: usize): void { crossTurns(29, prime, length, nextOf, placeOf); }

/** For primes that hit the segment in a few places, or in none. */
function crossSteps(prime: usize, length: usize, nextOf: usize, placeOf: usize): void {
  let at = <usize>load<u32>(nextOf);
  if (at < length) {
    const thirties = prime / 30;
    const row = STEPS + (<usize>bitOf(<i32>(prime - thirties * 30)) << 3);
    let place = <usize>load<u8>(placeOf);
    do {
      keep(SEGMENT + at, load<u8>(row + place));
      at += thirties * <usize>load<u8>(row + 64 + place) + <usize>load<u8>(row + 128 + place);
      place = (place + 1) & 7;
    } while (at < length);
    store<u8>(placeOf, <u8>place);
  }
  store<u32>(nextOf, <u32>(at - length));
}

function crossOut(length: usize): void {
  for (let index = 0; index < placed; index++) {
    const prime = <usize>primeAt(index);
    const nextOf = nextAt + (<usize>index << 2);
    const placeOf = placesAt + <usize>index;
    if (prime >= segmentBytes) { crossSteps(prime, length, nextOf, placeOf); continue; }
    switch (<i32>(prime % 30)) {
      case 1: crossTurns1(prime, length, nextOf, placeOf); break;
      case 7: crossTurns7(prime, length, nextOf, placeOf); break;
      case 11: crossTurns11(prime, length, nextOf, placeOf); break;
      case 13: crossTurns13(prime, length, nextOf, placeOf); break;
      case 17: crossTurns17(prime, length, nextOf, placeOf); break;
      case 19: crossTurns19(prime, length, nextOf, placeOf); break;
      case 23: crossTurns23(prime, length, nextOf, placeOf); break;
      default: crossTurns29(prime, length, nextOf, placeOf);
    }
  }
}

// ── Counting ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

function countBits(length: usize): i32 {
  const end = SEGMENT + length;
  memory.fill(end, 0, 16);
  let count = 0;
  for (let at = SEGMENT; at < end; ) {
    let sums = i8x16.splat(0);
    // 31 times at most 8 fit a lane of eight bits.
    for (const pause = min(end, at + 31 * 16); at < pause; at += 16) sums = i8x16.add(sums, i8x16.popcnt(v128.load(at)));
    const wide = i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(sums));
    count += i32x4.extract_lane(wide, 0) + i32x4.extract_lane(wide, 1) + i32x4.extract_lane(wide, 2) + i32x4.extract_lane(wide, 3);
  }
  return count;
}

// ── A span of bytes, some segments at a time ─────────────────────────────────────────────────────────────────────────────

let nextByte: u64 = 0;
let endByte: u64 = 0;
let segmentBytes: usize = 0;
let firstKeep: i32 = 0xff;
let lastKeep: i32 = 0xff;
/** Base primes whose square has come into reach; they stand at their multiples from `nextByte` on. */
let placed: i32 = 0;
/** The byte before `nextByte` as it was sieved, before any mask. */
let sievedByte: i32 = 0;
/** Bits of the span that were sieved with the span before it, not yet counted. */
let ahead: i32 = 0;

/**
 * Starts at byte `start` and ends before `end`; `firstMask` and `lastMask` say what counts of the first and of the last byte. A span that follows
 * the one before it, often in the same byte, goes on from there, and its base primes need not be placed anew.
 */
export function begin(start: f64, end: f64, segment: usize, firstMask: i32, lastMask: i32): void {
  const from = <u64>start;
  endByte = <u64>end;
  segmentBytes = segment;
  // The number 1 has a bit and is no prime.
  firstKeep = from == 0 ? firstMask & ~1 : firstMask;
  lastKeep = lastMask;
  ahead = 0;
  if (placed > 0 && from + 1 == nextByte) {
    ahead = popcnt<i32>(sievedByte & firstKeep & (nextByte == endByte ? lastKeep : 0xff));
    firstKeep = 0xff;
  } else if (placed == 0 || from != nextByte) {
    nextByte = from;
    placed = 0;
  }
}

/** Sieves up to `segments` more segments. Returns the bits left in them, or -1 when the span is through. */
export function advance(segments: i32): i32 {
  let count = ahead;
  ahead = 0;
  if (nextByte >= endByte) return count > 0 ? count : -1;
  for (; segments > 0 && nextByte < endByte; segments--) {
    const length = <usize>min(<u64>segmentBytes, endByte - nextByte);
    const limit = (nextByte + <u64>length) * 30;
    for (; placed < primeCount && <u64>primeAt(placed) * <u64>primeAt(placed) < limit; placed++) placePrime(placed, nextByte);
    presieve(length, nextByte);
    crossOut(length);
    sievedByte = load<u8>(SEGMENT + length - 1);
    keep(SEGMENT, firstKeep);
    firstKeep = 0xff;
    nextByte += <u64>length;
    if (nextByte == endByte) keep(SEGMENT + length - 1, lastKeep);
    count += countBits(length);
  }
  return count;
}
