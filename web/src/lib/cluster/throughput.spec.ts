import { describe, expect, it } from 'vitest';
import { windowSec, withSample, type Sample } from './throughput.ts';

function sample(at: number): Sample {
  return { at, chunksPerSec: at, waiting: 0 };
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
