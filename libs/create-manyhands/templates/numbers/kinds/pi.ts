import { defineTask } from 'manyhands';
import { z } from 'zod';

/** Throws darts at a square. The share of those that land in the circle gives pi. */
export const pi = defineTask({
  name: 'pi',
  params: z.object({ throws: z.int().positive() }),
  example: { throws: 1_000_000 },
  chunks: 64,
  split: ({ throws }, index, total) => ({ seed: index + 1, throws: Math.ceil(throws / total) }),
  compute: ({ seed, throws }) => ({ inside: throwDarts(seed, throws), throws }),
  merge: (left, right) => ({ inside: left.inside + right.inside, throws: left.throws + right.throws }),
});

/** The same seed throws the same darts, so that a chunk that is computed again gives the same partial. */
function throwDarts(seed: number, throws: number): number {
  let state = seed * 0x9e3779b1;
  const random = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  let inside = 0;
  for (let dart = 0; dart < throws; dart++) if (random() ** 2 + random() ** 2 < 1) inside += 1;
  return inside;
}
