/**
 * Crosses the multiples of one base prime out of a segment, residue by residue: within one residue of the wheel the bit is fixed and the
 * byte moves by the prime, so each crossing is one load, one AND, one store.
 *
 * Always true: `next` holds, for each of the eight residues, the byte of the next multiple relative to the segment; afterwards
 * relative to the segment that follows.
 */
import { bitOf, WHEEL } from './wheel.ts';

/** Below this a prime hits a segment often enough for all eight residues to go in one loop. */
export const MANY_HITS_BELOW = 2_000;

/** Mask that clears the bit of `prime * factor`, by the prime's residue and the factor's place on the wheel. */
const MASKS = Uint8Array.from({ length: 30 * 8 }, (_, at) => 0xff & ~(1 << bitOf(((at >> 3) * WHEEL[at & 7]!) % 30)));

/** For primes that hit the segment many times: one loop of eight crossings a turn, then at most one more each. */
export function crossOften(bytes: Uint8Array, length: number, prime: number, next: Int32Array, slot: number): void {
  const masks = (prime % 30) * 8;
  const mask0 = MASKS[masks]!;
  const mask1 = MASKS[masks + 1]!;
  const mask2 = MASKS[masks + 2]!;
  const mask3 = MASKS[masks + 3]!;
  const mask4 = MASKS[masks + 4]!;
  const mask5 = MASKS[masks + 5]!;
  const mask6 = MASKS[masks + 6]!;
  const mask7 = MASKS[masks + 7]!;
  const at0 = next[slot]!;
  const at1 = next[slot + 1]!;
  const at2 = next[slot + 2]!;
  const at3 = next[slot + 3]!;
  const at4 = next[slot + 4]!;
  const at5 = next[slot + 5]!;
  const at6 = next[slot + 6]!;
  const at7 = next[slot + 7]!;
  const allFit = length - Math.max(at0, at1, at2, at3, at4, at5, at6, at7);
  let turned = 0;
  for (; turned < allFit; turned += prime) {
    bytes[at0 + turned]! &= mask0;
    bytes[at1 + turned]! &= mask1;
    bytes[at2 + turned]! &= mask2;
    bytes[at3 + turned]! &= mask3;
    bytes[at4 + turned]! &= mask4;
    bytes[at5 + turned]! &= mask5;
    bytes[at6 + turned]! &= mask6;
    bytes[at7 + turned]! &= mask7;
  }
  for (let factor = 0; factor < 8; factor += 1) {
    let at = next[slot + factor]! + turned;
    for (; at < length; at += prime) bytes[at]! &= MASKS[masks + factor]!;
    next[slot + factor] = at - length;
  }
}

/** For primes that hit the segment rarely or not at all. */
export function crossSeldom(bytes: Uint8Array, length: number, prime: number, next: Int32Array, slot: number): void {
  const masks = (prime % 30) * 8;
  for (let factor = 0; factor < 8; factor += 1) {
    const mask = MASKS[masks + factor]!;
    let at = next[slot + factor]!;
    for (; at < length; at += prime) bytes[at]! &= mask;
    next[slot + factor] = at - length;
  }
}
