/** Jobs whose answers are known without the system. */
import type { Random } from '../../simulation/random.ts';

export interface KnownJob {
  kind: 'primes' | 'sum';
  params: Record<string, number>;
  chunks: number;
  expected: number | string;
  /** When it is to be submitted by its schedule; absent: at once. */
  runAt?: string;
}

/** Primes up to n. Source: OEIS A006880. */
const PRIMES: readonly (readonly [number, number])[] = [
  [1_000_000, 78_498],
  [10_000_000, 664_579],
  [100_000_000, 5_761_455],
  [1_000_000_000, 50_847_534],
];

/** Mostly jobs of about a second, so that faults find them running. */
export function usualJob(random: Random, [chunksMin, chunksMax]: readonly [number, number]): KnownJob {
  if (random.chance(0.25)) {
    const n = random.whole(0, 1_000_000_000);
    const exact = (BigInt(n) * BigInt(n + 1)) / 2n;
    const expected = exact <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(exact) : exact.toString();
    return { kind: 'sum', params: { n }, chunks: random.whole(1, chunksMax), expected };
  }
  const [n, expected] = random.chance(0.75) ? PRIMES.at(-1)! : random.one(PRIMES);
  return { kind: 'primes', params: { n }, chunks: random.whole(chunksMin, chunksMax), expected };
}

/** Takes a slot some seconds, so its actor is snapshot on the way. */
export const LONG_JOB: KnownJob = { kind: 'primes', params: { n: 10_000_000_000 }, chunks: 200, expected: 455_052_511 };

const scheduledAfterMs = 1_500;

export const scheduledJob = (random: Random): KnownJob => ({
  ...tinyJob(random),
  runAt: new Date(Date.now() + scheduledAfterMs).toISOString(),
});

/** One chunk that is nothing to compute: a lease, and no more. */
export const tinyJob = (random: Random): KnownJob => {
  const n = random.whole(0, 100_000_000);
  return { kind: 'sum', params: { n }, chunks: 1, expected: (n * (n + 1)) / 2 };
};
