import fc from 'fast-check';
import { expect, it } from 'vitest';
import { chunkTimesJson, chunkTimesOf, withTook, type ChunkTimes } from './chunk-times.ts';

const results = fc.array(
  fc.record({ ms: fc.oneof(fc.double({ min: 0, max: 10, noNaN: true }), fc.nat(10_000_000)), chunks: fc.nat(500) }),
);

it('counts every chunk once, in the order of the steps, and comes back from what is saved', () => {
  fc.assert(
    fc.property(results, (all) => {
      const times = all.reduce<ChunkTimes>((so, { ms, chunks }) => withTook(so, ms, chunks), []);
      const steps = times.map(([step]) => step);
      expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b));
      expect(times.reduce((sum, [, chunks]) => sum + chunks, 0)).toBe(all.reduce((sum, { chunks }) => sum + chunks, 0));
      expect(chunkTimesOf(JSON.parse(JSON.stringify(chunkTimesJson(times))) as Record<string, number>)).toEqual(times);
    }),
  );
});

it('a step is a fourth of a doubling', () => {
  expect(withTook(withTook(withTook([], 8, 1), 1, 2), 2.1, 2)).toEqual([
    [-4, 2],
    [0, 2],
    [12, 1],
  ]);
  // Not -0, which comes back as another number.
  expect(withTook([], 0.99, 1)).toEqual([[0, 1]]);
});
