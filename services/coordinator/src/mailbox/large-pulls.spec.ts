import { expect, it } from 'vitest';
import { LARGE_PULLS_MAX, LargePulls } from './large-pulls.ts';

it('there are so many permits, and who waits for one is woken in turn when one comes back', () => {
  const pulls = new LargePulls();
  const woken: string[] = [];
  const [a, b] = [() => void woken.push('a'), () => void woken.push('b')];
  for (let taken = 0; taken < LARGE_PULLS_MAX; taken += 1) expect(pulls.take(a)).toBe(true);
  expect([pulls.take(a), pulls.take(b)]).toEqual([false, false]);
  pulls.give();
  expect(woken).toEqual(['a']);
  expect(pulls.take(a)).toBe(true);
  pulls.forget(b);
  pulls.give();
  expect(woken).toEqual(['a']);
  expect(pulls.take(b)).toBe(true);
});
