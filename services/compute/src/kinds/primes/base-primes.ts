/**
 * The primes up to a square root, kept for the next chunk. Each thread has its own copy; it only ever grows.
 */
let known: Int32Array = new Int32Array(0);
let knownThrough = 0;

/** All primes up to `limit` and maybe some beyond, rising. */
export function basePrimes(limit: number): Int32Array {
  if (limit > knownThrough) {
    knownThrough = Math.max(limit, 1_000);
    known = sieveOddNumbers(knownThrough);
  }
  return known;
}

/** Eratosthenes over the odd numbers; `limit` is a square root here, so at most a few hundred thousand. */
function sieveOddNumbers(limit: number): Int32Array {
  const half = (limit + 1) >> 1;
  const composite = new Uint8Array(half);
  const primes: number[] = limit >= 2 ? [2] : [];
  for (let index = 1; index < half; index += 1) {
    if (composite[index] === 1) continue;
    const prime = 2 * index + 1;
    primes.push(prime);
    for (let crossed = (prime * prime - 1) / 2; crossed < half; crossed += prime) composite[crossed] = 1;
  }
  return Int32Array.from(primes);
}
