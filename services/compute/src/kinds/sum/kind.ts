/** Kind `sum`: 1 + 2 + … + n, exact at any size. */
import { ComputeRefused, defineTask } from '@manyhands/worker/task';
import { type NumberSpan, sumOf } from './compute.ts';
import { type ExactNumber, readExact } from './exact-number.ts';
import { addSums } from './merge.ts';

export interface SumParams {
  n: ExactNumber;
}

const N_MAX = 10n ** 30n;

export const sum = defineTask<SumParams, NumberSpan, ExactNumber>({
  name: 'sum',
  title: 'Sum 1 … n',
  description: 'Adds the whole numbers from 1 to n. Exact at any size: a result above 2^53 − 1 is a string of digits.',
  params: {
    type: 'object',
    properties: {
      n: {
        title: 'Add up to',
        description: 'A whole number from 1, or a string of digits up to 10^30.',
        oneOf: [
          { type: 'integer', minimum: 1, maximum: 1e18 },
          { type: 'string', pattern: '^([1-9][0-9]{0,29}|10{30})$' },
        ],
      },
    },
    required: ['n'],
    additionalProperties: false,
  },
  example: { n: 10_000 },
  chunks: 8,
  split: splitNumbers,
  compute: sumOf,
  merge: addSums,
});

/** Chunk `index` takes the numbers above ⌊index·n/total⌋ up to ⌊(index+1)·n/total⌋; empty when there are more chunks than numbers. */
export function splitNumbers({ n }: SumParams, index: number, total: number): NumberSpan {
  const last = readExact('n', n);
  if (last > N_MAX) throw new ComputeRefused('n must be at most 10^30');
  const parts = BigInt(total);
  return { after: (BigInt(index) * last) / parts, through: (BigInt(index + 1) * last) / parts };
}
