/**
 * The wheel modulo 30: the eight residues that 2, 3 and 5 leave over. One byte of a sieve stands for 30 numbers, bit `j` for
 * residue `WHEEL[j]`.
 *
 * Invariant: every prime above 5 has exactly one bit; 2, 3 and 5 have none and are counted by themselves.
 */
export const WHEEL = [1, 7, 11, 13, 17, 19, 23, 29] as const;

/** Bit of a residue modulo 30, or -1 for one that 2, 3 or 5 divides. */
const BIT_OF_RESIDUE = Int8Array.from({ length: 30 }, (_, residue) => (WHEEL as readonly number[]).indexOf(residue));

export function bitOf(residue: number): number {
  return BIT_OF_RESIDUE[residue] ?? -1;
}

/** Mask of the bits in a byte whose residue is at least `residue`. */
export function maskFrom(residue: number): number {
  return WHEEL.reduce((mask, value, bit) => (value >= residue ? mask | (1 << bit) : mask), 0);
}

/** Mask of the bits in a byte whose residue is at most `residue`. */
export function maskThrough(residue: number): number {
  return WHEEL.reduce((mask, value, bit) => (value <= residue ? mask | (1 << bit) : mask), 0);
}
