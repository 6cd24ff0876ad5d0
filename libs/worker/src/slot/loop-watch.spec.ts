import { expect, it } from 'vitest';
import { LOOK_MS, LoopWatch } from './loop-watch.ts';

it('finds a look that came late because the thread computed', () => {
  const watch = new LoopWatch(0, 0);
  expect(watch.look(LOOK_MS + 50, 900)).toBeUndefined();
  expect(watch.look(2 * LOOK_MS + 3_000, 3_800)).toBe(2_900);
  expect(watch.look(3 * LOOK_MS + 3_000, 4_800)).toBeUndefined();
});

it('does not count time without a processor, nor much computing that let others go on', () => {
  const watch = new LoopWatch(0, 0);
  expect(watch.look(60_000, 10)).toBeUndefined();
  expect(watch.look(61_000, 1_010)).toBeUndefined();
});
