import { expect, it } from 'vitest';
import { FinishedActors } from './finished-actors.ts';

it('finished actors are remembered up to the limit, the oldest forgotten first', () => {
  const finished = new FinishedActors(2);
  for (const id of ['a', 'b', 'b', 'c']) finished.add(id);
  expect(['a', 'b', 'c'].map((id) => finished.has(id))).toEqual([false, true, true]);
});
