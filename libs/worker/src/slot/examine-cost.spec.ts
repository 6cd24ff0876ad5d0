import { expect, it } from 'vitest';
import { examineJson } from './json-value.ts';

/** Runs without coverage, which makes only our code slower. */
it('examines a small value in less time than it takes to write it as text', { timeout: 60_000 }, () => {
  const bounds = { bytesMax: 1_000_000, depthMax: 500 };
  const values = Array.from({ length: 1_000 }, (_, index) => ({ count: index, name: 'x', share: 0.5 }));
  const timed = (use: (value: unknown) => unknown) => (): number => {
    const startedAtMs = performance.now();
    for (const value of values) use(value);
    return performance.now() - startedAtMs;
  };
  const [examined, written] = [timed((value) => examineJson(value, bounds)), timed((value) => JSON.stringify(value))];
  // In turn, and the best of each: whatever else the machine does meets both.
  const rounds = Array.from({ length: 300 }, () => [examined(), written()] as const);
  const best = (which: 0 | 1): number => Math.min(...rounds.map((round) => round[which]));
  expect(best(0) / best(1)).toBeLessThan(1);
});
