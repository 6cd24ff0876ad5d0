/** The last minutes of throughput, for the chart. */
import type { QueueStats } from '@manyhands/proto';

export interface Sample {
  /** Seconds since the epoch. */
  at: number;
  chunksPerSec: number;
}

/** A measurement as the API says it. */
export function sampleOf({ at, chunks_per_sec }: Pick<QueueStats, 'at' | 'chunks_per_sec'>): Sample {
  return { at: Math.round(Date.parse(at) / 1000), chunksPerSec: chunks_per_sec };
}

export const windowSec = 300;

/** The samples with one more, in order of time; one a second, none older than the window. */
export function withSample(samples: readonly Sample[], sample: Sample): Sample[] {
  const last = samples.at(-1);
  if (last && sample.at <= last.at) return [...samples];
  const from = sample.at - windowSec;
  return [...samples.filter(({ at }) => at > from), sample];
}

/** What was measured before this tab was open, followed by what it has seen itself. */
export function seeded(samples: readonly Sample[], earlier: readonly Sample[]): Sample[] {
  const all: readonly Sample[] = [...earlier.filter(({ at }) => at < (samples[0]?.at ?? Infinity)), ...samples];
  return all.reduce<Sample[]>((kept, sample) => withSample(kept, sample), []);
}
