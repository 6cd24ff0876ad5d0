/** What two code bases did in turns, compared turn by turn. Pure. */
import { percentile } from '../timing.ts';

export interface Pair {
  before: number;
  now: number;
}

export interface Compared {
  before: number;
  now: number;
  /** Median of each pair's `now : before`: a minute in which the machine is slow hits both of a pair. */
  ratio: number;
}

/** Medians. Of no pairs: NaN. */
export function compared(pairs: readonly Pair[]): Compared {
  const median = (numbers: readonly number[]): number => percentile(numbers, 0.5);
  return {
    before: median(pairs.map(({ before }) => before)),
    now: median(pairs.map(({ now }) => now)),
    ratio: median(pairs.filter(({ before }) => before > 0).map(({ before, now }) => now / before)),
  };
}
