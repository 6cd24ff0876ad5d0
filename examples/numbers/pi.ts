/** π from darts: many chunks of throws, one number. */
import { defineTask } from 'manyhands';
import { z } from 'zod';

export const pi = defineTask({
  name: 'pi',
  params: z.object({ throws: z.int().min(1_000).default(10_000_000) }),
  example: { throws: 1_000_000 },
  chunks: 100,
  split: ({ throws }, index, total) => ({ seed: (index + 1) * 7_919, throws: Math.ceil(throws / total) }),
  compute({ seed, throws }) {
    let [inside, state] = [0, seed];
    for (let thrown = 0; thrown < throws; thrown += 1) {
      const x = (state = next(state)) / 2_147_483_647;
      const y = (state = next(state)) / 2_147_483_647;
      if (x * x + y * y < 1) inside += 1;
    }
    return { inside, throws };
  },
  merge: (one, other) => ({ inside: one.inside + other.inside, throws: one.throws + other.throws }),
});

/** The same numbers for the same seed, so that a chunk that runs again gives the same answer (Park and Miller). */
function next(state: number): number {
  return (state * 48_271) % 2_147_483_647;
}
