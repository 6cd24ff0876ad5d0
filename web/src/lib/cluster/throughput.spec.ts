import { describe, expect, it } from 'vitest';
import { sampleOf, seeded, windowSec, withSample, type Sample } from './throughput.ts';

function sample(at: number): Sample {
  return { at, chunksPerSec: at };
}

describe('withSample', () => {
  it('keeps the samples of the window and no more', () => {
    let samples: Sample[] = [];
    for (let at = 1; at <= 1000; at += 1) samples = withSample(samples, sample(at));
    expect(samples).toHaveLength(windowSec);
    expect(samples.at(-1)?.at).toBe(1000);
    expect(samples[0]?.at).toBe(1000 - windowSec + 1);
  });

  it('takes no sample twice and none from the past', () => {
    const samples = withSample([], sample(10));
    expect(withSample(samples, sample(10))).toEqual(samples);
    expect(withSample(samples, sample(9))).toEqual(samples);
  });
});

describe('seeded', () => {
  it('puts what was measured before in front of what was seen, and takes nothing twice', () => {
    expect(seeded([sample(10), sample(11)], [sample(8), sample(9), sample(10)]).map(({ at }) => at)).toEqual([8, 9, 10, 11]);
    expect(seeded([], [sample(1), sample(2)]).map(({ at }) => at)).toEqual([1, 2]);
  });

  it('keeps to the window, also when the first value it saw was an old one', () => {
    expect(seeded([sample(1), sample(1000)], [sample(0), sample(500), sample(999)]).map(({ at }) => at)).toEqual([1000]);
  });
});

it('a measurement of the API is a sample in whole seconds', () => {
  expect(sampleOf({ at: '1970-01-01T00:00:07.400Z', chunks_per_sec: 3 })).toEqual({ at: 7, chunksPerSec: 3 });
});
