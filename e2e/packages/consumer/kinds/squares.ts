import { ComputeRefused, type Context, defineTask } from 'manyhands';

interface Params {
  upTo: number;
}

/** The sum of the squares from 1 to `upTo`. */
export const squares = defineTask({
  name: 'squares',
  params: { type: 'object', properties: { upTo: { type: 'integer', minimum: 1 } }, required: ['upTo'] },
  example: { upTo: 10 },
  chunks: 8,
  split: ({ upTo }: Params, index: number, total: number) => ({
    from: Math.floor((upTo * index) / total) + 1,
    to: Math.floor((upTo * (index + 1)) / total),
  }),
  compute({ from, to }, { params }: Context<Params>) {
    if (params.upTo > 1_000_000) throw new ComputeRefused('the sum is no safe integer');
    let sum = 0;
    for (let n = from; n <= to; n++) sum += n * n;
    return sum;
  },
  merge: (left, right) => left + right,
});
