import { expect, it } from 'vitest';
import { heuristics } from '../../../services/coordinator/src/scheduling/heuristics.ts';
import type { Scenario } from './one-run.ts';
import { costsOf, figuresWith, OFF } from './switched-off.ts';

const small = (atMs: number) => ({ small: true as const, atMs, chunks: 16, chunkMs: () => 5 });
const beside: Scenario = {
  name: 'a small job beside a large one',
  slots: 4,
  jobs: [{ atMs: 0, chunks: 6_000, chunkMs: () => 2 }, small(1_500), small(2_000)],
};
const alone: Scenario = { name: 'alone', slots: 4, jobs: [{ atMs: 0, chunks: 500, chunkMs: () => 1 }] };
const dead: Scenario = {
  name: 'one slot dead',
  slots: 4,
  jobs: [{ atMs: 0, chunks: 60, chunkMs: () => 50 }],
  slowness: (slot) => (slot === 0 ? Infinity : 1),
};

it('every heuristic has a value that switches it off, and is as it was after it was', () => {
  expect(Object.keys(OFF).toSorted()).toEqual(Object.keys(heuristics).toSorted());
  const before = { ...heuristics };
  figuresWith([beside], 'youngMs', OFF.youngMs);
  expect(heuristics).toEqual(before);
});

it('the same run gives the same figures', () => {
  expect(figuresWith([beside])).toEqual(figuresWith([beside]));
});

it.each([
  ['youngMs', 'small', beside],
  ['leaseTargetMs', 'messages', alone],
  ['graceMs', 'makespan', dead],
] as const)('without %s, %s gets worse: the simulation sees what a heuristic is for', (name, figure, scenario) => {
  const costs = costsOf([scenario], figuresWith([scenario]), figuresWith([scenario], name, OFF[name]));
  expect(costs.map((cost) => cost.figure)).toContain(figure);
});
