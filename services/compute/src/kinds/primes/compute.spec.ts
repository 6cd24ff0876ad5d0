import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { countPrimes } from './compute.ts';
import { type PrimesParams, splitPrimes } from './kind.ts';

/** Primes up to `limit` by trial of every number: nothing shared with the code under test. */
function naivePrimes(limit: number): number[] {
  const composite = new Uint8Array(limit + 1);
  const primes: number[] = [];
  for (let number = 2; number <= limit; number += 1) {
    if (composite[number]) continue;
    primes.push(number);
    for (let multiple = 2 * number; multiple <= limit; multiple += number) composite[multiple] = 1;
  }
  return primes;
}

const naive = naivePrimes(3_000_000);
/** π(n) by n. */
const naivePi = new Int32Array(3_000_001);
for (const prime of naive) naivePi[prime] = 1;
for (let n = 1; n <= 3_000_000; n += 1) naivePi[n]! += naivePi[n - 1]!;
const naiveCount = (after: number, through: number) => naivePi[through]! - naivePi[after]!;

describe('countPrimes', () => {
  it.each([
    [0, 0],
    [1, 0],
    [2, 1],
    [3, 2],
    [10, 4],
    [30, 10],
    [31, 11],
    [100, 25],
    [1_000, 168],
    [10_000, 1_229],
    [100_000, 9_592],
    [200_000, 17_984],
    [1_000_000, 78_498],
    [10_000_000, 664_579],
    [100_000_000, 5_761_455],
  ])('finds π(%i) = %i', (n, expected) => {
    expect(countPrimes(0, n)).toBe(expected);
  });

  it('finds π(10^9) = 50847534', () => {
    expect(countPrimes(0, 1e9)).toBe(50_847_534);
  }, 30_000);

  it('counts exactly at the far end of its range', () => {
    expect(countPrimes(1e11 - 1e6, 1e11)).toBe(primesByTrial(1e11 - 1e6, 1e11));
  });

  it('agrees with a naive sieve on any span', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2_999_999 }),
        fc.oneof(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 2_999_999 })),
        (after, length) => {
          const through = Math.min(3_000_000, after + length);
          expect(countPrimes(after, through)).toBe(naiveCount(after, through));
        },
      ),
      { numRuns: 150 },
    );
  }, 30_000);

  it('agrees with a naive sieve on every short span around each small number', () => {
    for (let after = 0; after < 130; after += 1) {
      const counted = Array.from({ length: 200 }, (_, length) => countPrimes(after, after + length));
      expect(counted).toEqual(Array.from({ length: 200 }, (_, length) => naiveCount(after, after + length)));
    }
  }, 30_000);

  it('counts the same in any number of chunks', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3_000_000 }), fc.integer({ min: 1, max: 200 }), (n, total) => {
        expect(countInChunks({ n }, total)).toBe(naiveCount(0, n));
      }),
      { numRuns: 50 },
    );
  }, 30_000);

  it('counts the same however spans follow one another: each where the last ended, again, or elsewhere', () => {
    const span = fc.record({
      length: fc.oneof(fc.integer({ min: 0, max: 70 }), fc.integer({ min: 0, max: 300_000 })),
      from: fc.oneof(fc.constant('end'), fc.constant('begin'), fc.integer({ min: 0, max: 2_900_000 })),
    });
    fc.assert(
      fc.property(fc.array(span, { minLength: 2, maxLength: 20 }), (spans) => {
        let last = { after: 0, through: 0 };
        for (const { length, from } of spans) {
          const after = from === 'end' ? last.through : from === 'begin' ? last.after : from;
          last = { after, through: Math.min(3_000_000, after + length) };
          expect(countPrimes(last.after, last.through)).toBe(naiveCount(last.after, last.through));
        }
      }),
      { numRuns: 300 },
    );
  }, 30_000);

  it.each([1, 7, 16, 1_000])('counts the primes up to 10^6 in %i chunks', (total) => {
    expect(countInChunks({ n: 1_000_000 }, total)).toBe(78_498);
  });

  it('stops between segments when it is told to', () => {
    let looks = 0;
    const count = countPrimes(0, 1e11, () => (looks += 1) > 3);
    expect(looks).toBe(4);
    expect(count).toBeLessThan(1e7);
  });
});

describe('splitPrimes', () => {
  it('cuts 0…n without gap or overlap, also where index·n passes 2^53', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e11 }), fc.integer({ min: 1, max: 1_000_000 }), fc.nat(), (n, total, pick) => {
        const index = pick % total;
        const { after, through } = splitPrimes({ n }, index, total);
        expect(after).toBe(Number((BigInt(index) * BigInt(n)) / BigInt(total)));
        expect(through).toBe(Number((BigInt(index + 1) * BigInt(n)) / BigInt(total)));
      }),
    );
  });

  it('gives empty chunks when there are more chunks than numbers, and they count nothing', () => {
    expect(
      Array.from({ length: 5 }, (_, index) => splitPrimes({ n: 2 }, index, 5)).filter(({ after, through }) => after === through),
    ).toHaveLength(3);
    expect(countInChunks({ n: 2 }, 5)).toBe(1);
    expect(countInChunks({ n: 0 }, 3)).toBe(0);
  });

  it.each([-1, 1.5, 1e11 + 1, Number.NaN])('refuses n = %d for good', (n) => {
    expect(() => splitPrimes({ n }, 0, 1)).toThrow(expect.objectContaining({ name: 'ComputeRefused' }) as Error);
  });
});

function countInChunks(params: PrimesParams, total: number): number {
  let count = 0;
  for (let index = 0; index < total; index += 1) {
    const { after, through } = splitPrimes(params, index, total);
    count += countPrimes(after, through);
  }
  return count;
}

/** Primes in a far span by crossing multiples of the naive primes up to its root. */
function primesByTrial(after: number, through: number): number {
  const composite = new Uint8Array(through - after);
  for (const prime of naive) {
    if (prime * prime > through) break;
    for (let multiple = Math.ceil((after + 1) / prime) * prime; multiple <= through; multiple += prime)
      composite[multiple - after - 1] = 1;
  }
  return composite.reduce((count, crossed) => count + (crossed ? 0 : 1), 0);
}
