/** The longest run of equal throws of a coin: where one chunk ends with what the next begins with, the run goes on, so only neighbours can be merged. */
import { defineTask } from 'manyhands';
import { z } from 'zod';

interface Stretch {
  throws: number;
  first: string;
  firstRun: number;
  last: string;
  lastRun: number;
  longest: number;
}

export const streak = defineTask({
  name: 'streak',
  params: z.object({ throws: z.int().min(1).max(100_000_000).default(10_000_000) }),
  example: { throws: 100_000 },
  chunks: 200,
  ordered: true,
  split: ({ throws }, index, total) => ({
    from: Math.floor((throws * index) / total),
    to: Math.floor((throws * (index + 1)) / total),
  }),
  compute({ from, to }): Stretch {
    let whole: Stretch = { throws: 0, first: '', firstRun: 0, last: '', lastRun: 0, longest: 0 };
    for (let number = from; number < to; number += 1) {
      const side = coin(number);
      whole = join(whole, { throws: 1, first: side, firstRun: 1, last: side, lastRun: 1, longest: 1 });
    }
    return whole;
  },
  merge: join,
  finish: ({ longest, throws }) => ({ longest, throws }),
});

function join(left: Stretch, right: Stretch): Stretch {
  if (left.throws === 0) return right;
  if (right.throws === 0) return left;
  const goesOn = left.last === right.first;
  return {
    throws: left.throws + right.throws,
    first: left.first,
    firstRun: goesOn && left.firstRun === left.throws ? left.throws + right.firstRun : left.firstRun,
    last: right.last,
    lastRun: goesOn && right.lastRun === right.throws ? left.lastRun + right.throws : right.lastRun,
    longest: Math.max(left.longest, right.longest, goesOn ? left.lastRun + right.firstRun : 0),
  };
}

/** The same side for the same number, so that a chunk that runs again gives the same answer. */
function coin(number: number): string {
  let mixed = Math.imul(number ^ 0x9e3779b9, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 16)) & 1) === 0 ? 'heads' : 'tails';
}
