/** Items in, lines out: what a list costs, where each item returns what it was given. */
import type { Comparison } from '../workload.ts';

const ITEMS = 50_000;
const BYTES = 1_000;

export const lists: Comparison = {
  name: '50,000 items of 1 KB in, their lines out',
  isFor: ({ list }) => list !== undefined,
  async run(contender) {
    const { totalMs } = await contender.list!({ items: ITEMS, bytes: BYTES });
    return { 'items/s': ITEMS / (totalMs / 1_000) };
  },
};
