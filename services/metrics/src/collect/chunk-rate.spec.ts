import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addSample, rateOf, RATE_WINDOW_MS, type CountSample } from './chunk-rate.ts';

const collect = (samples: CountSample[]): CountSample[] =>
  samples.reduce<CountSample[]>((kept, sample) => addSample(kept, sample), []);

test('the rate is what was counted over the time it took', () => {
  const samples = collect([
    { atMs: 0, chunksDone: 100 },
    { atMs: 3_000, chunksDone: 160 },
    { atMs: 6_000, chunksDone: 400 },
  ]);
  expect(rateOf(samples, 6_100)).toBe(50);
});

test('one sample tells nothing', () => {
  expect(rateOf(collect([{ atMs: 0, chunksDone: 5_000 }]), 10)).toBe(0);
  expect(rateOf([], 10)).toBe(0);
});

test('a worker that stopped computing comes to zero within two windows, one that went silent within one', () => {
  let samples = collect([
    { atMs: 0, chunksDone: 0 },
    { atMs: 3_000, chunksDone: 900 },
  ]);
  expect(rateOf(samples, 3_000 + RATE_WINDOW_MS + 1)).toBe(0);
  for (let atMs = 6_000; atMs <= 3_000 + 2 * RATE_WINDOW_MS; atMs += 3_000)
    samples = addSample(samples, { atMs, chunksDone: 900 });
  expect(rateOf(samples, 15_000)).toBe(0);
});

test('a count that starts over is another process and is never a negative rate', () => {
  const samples = collect([
    { atMs: 0, chunksDone: 500 },
    { atMs: 1_000, chunksDone: 900 },
    { atMs: 2_000, chunksDone: 3 },
    { atMs: 3_000, chunksDone: 13 },
  ]);
  expect(rateOf(samples, 3_000)).toBe(10);
});

test('however the samples come, the rate is finite and not negative, and few are kept', () => {
  const gaps = fc.record({ gapMs: fc.integer({ min: 0, max: 20_000 }), chunksDone: fc.nat(1_000_000) });
  fc.assert(
    fc.property(fc.array(gaps, { maxLength: 100 }), (steps) => {
      let atMs = 0;
      let samples: CountSample[] = [];
      for (const { gapMs, chunksDone } of steps) {
        atMs += gapMs;
        samples = addSample(samples, { atMs, chunksDone });
        expect(rateOf(samples, atMs)).toBeGreaterThanOrEqual(0);
        expect(rateOf(samples, atMs)).toBeLessThan(Infinity);
        expect(samples.slice(1).every((sample) => sample.atMs >= atMs - RATE_WINDOW_MS)).toBe(true);
      }
    }),
  );
});
