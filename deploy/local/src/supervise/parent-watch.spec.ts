import { afterEach, expect, test, vi } from 'vitest';
import { watchParent } from './parent-watch.ts';

afterEach(() => vi.useRealTimers());

function watched(env: NodeJS.ProcessEnv) {
  vi.useFakeTimers();
  const seen = { parent: 100, gone: 0 };
  const stop = watchParent({ env, parent: () => seen.parent, gone: () => (seen.gone += 1) });
  return { seen, stop };
}

test('under npm, a parent that is gone is told once', () => {
  const { seen } = watched({ npm_lifecycle_event: 'start' });
  vi.advanceTimersByTime(5_000);
  expect(seen.gone).toBe(0);
  seen.parent = 1;
  vi.advanceTimersByTime(5_000);
  expect(seen.gone).toBe(1);
});

test('a program somebody started himself may be left running', () => {
  const { seen } = watched({});
  seen.parent = 1;
  vi.advanceTimersByTime(5_000);
  expect(seen.gone).toBe(0);
});

test('nothing is told after it was stopped', () => {
  const { seen, stop } = watched({ npm_lifecycle_event: 'start' });
  stop();
  seen.parent = 1;
  vi.advanceTimersByTime(5_000);
  expect(seen.gone).toBe(0);
});
