/** Kind `primes`: π(n), the number of primes up to n. */
import { ComputeRefused, defineTask } from '@manyhands/worker/task';
import { countPrimes } from './compute.ts';
import { addCounts } from './merge.ts';

export interface PrimesParams {
  n: number;
}

/** The numbers `after < number <= through`. */
export interface PrimesSpan {
  after: number;
  through: number;
}

const N_MAX = 1e11;

export const primes = defineTask<PrimesParams, PrimesSpan, number>({
  name: 'primes',
  title: 'Count primes',
  description: 'Counts the primes up to n with a segmented wheel sieve. Exact up to 10^11.',
  params: {
    type: 'object',
    properties: {
      n: { title: 'Up to', description: 'A whole number from 0 to 10^11.', type: 'integer', minimum: 0, maximum: N_MAX },
    },
    required: ['n'],
    additionalProperties: false,
  },
  example: { n: 1_000_000 },
  chunks: 64,
  split: splitPrimes,
  compute: ({ after, through }, { signal }) => countPrimes(after, through, () => signal.aborted),
  merge: addCounts,
});

/** Chunk `index` takes the numbers above ⌊index·n/total⌋ up to ⌊(index+1)·n/total⌋; empty when there are more chunks than numbers. */
export function splitPrimes({ n }: PrimesParams, index: number, total: number): PrimesSpan {
  if (!Number.isInteger(n) || n < 0 || n > N_MAX) throw new ComputeRefused('n must be a whole number from 0 to 10^11');
  return { after: shareOf(n, index, total), through: shareOf(n, index + 1, total) };
}

/** ⌊index·n/total⌋ without leaving the exact integers: index·n may pass 2^53 (10^11 in a million chunks), so n is divided first. */
function shareOf(n: number, index: number, total: number): number {
  const each = Math.floor(n / total);
  return index * each + Math.floor((index * (n - each * total)) / total);
}
