import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SAMPLE_SEC, sampleIn, sampleRow, SAMPLES_MAX, withBeat, type WorkerSample } from './worker-samples.ts';

const beat = (busy_slots: number, chunks_done = 0) => ({ busy_slots, chunks_done, chunks_failed: 0, memory_mb: 64 });

it('has one sample a step, whose busy slots are the mean of its beats', () => {
  const samples = [1, 0, 2].reduce<WorkerSample[]>((all, busy) => withBeat(all, beat(busy, busy), 10_000), []);
  expect(samples.map(sampleRow)).toEqual([[10, 1, 2, 64]]);
  expect(withBeat(samples, beat(4, 9), 15_000).map(sampleRow)).toEqual([
    [10, 1, 2, 64],
    [15, 4, 9, 64],
  ]);
  expect(samples.map(sampleRow).map(sampleIn).map(sampleRow)).toEqual([[10, 1, 2, 64]]);
});

it('keeps a bounded number, in the order of time, whatever the clock does', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -20_000, max: 60_000 }), { maxLength: 400 }), (steps) => {
      let [samples, nowMs]: [WorkerSample[], number] = [[], 1_000_000];
      for (const step of steps) samples = withBeat(samples, beat(1), (nowMs += step));
      expect(samples.length).toBeLessThanOrEqual(SAMPLES_MAX);
      for (const [at, { atSec }] of samples.entries())
        if (at > 0) expect(atSec - samples[at - 1]!.atSec).toBeGreaterThanOrEqual(SAMPLE_SEC);
    }),
  );
});
