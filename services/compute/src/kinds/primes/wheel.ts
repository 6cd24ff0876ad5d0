/**
 * The wheel modulo 30: the eight residues that 2, 3 and 5 leave over. One byte of a sieve stands for 30 numbers, bit `j` for
 * residue `WHEEL[j]`.
 *
 * Invariant: every prime above 5 has exactly one bit; 2, 3 and 5 have none and are counted by themselves.
 */
const WHEEL = [1, 7, 11, 13, 17, 19, 23, 29] as const;

/** Mask of the bits in a byte whose residue is at least `residue`. */
export function maskFrom(residue: number): number {
  return WHEEL.reduce((mask, value, bit) => (value >= residue ? mask | (1 << bit) : mask), 0);
}

/** Mask of the bits in a byte whose residue is at most `residue`. */
export function maskThrough(residue: number): number {
  return WHEEL.reduce((mask, value, bit) => (value <= residue ? mask | (1 << bit) : mask), 0);
}
