/** Counts of primes that are known, to be computed once more: below a power of ten, over so many chunks. Pure. */
export interface Counted {
  n: number;
  chunks: number;
  /** How many primes there are below `n` (OEIS A006880). */
  primes: number;
}

/** Their chunks fill whole rows of the map, which has 20, 25 or 40 in each. */
export const counted = [
  { n: 1e8, chunks: 200, primes: 5_761_455 },
  { n: 1e9, chunks: 200, primes: 50_847_534 },
  { n: 1e10, chunks: 400, primes: 455_052_511 },
  { n: 1e11, chunks: 600, primes: 4_118_054_813 },
] as const satisfies readonly Counted[];
