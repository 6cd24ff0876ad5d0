/** The last minutes of throughput, for the chart. */

export interface Sample {
  /** Seconds since the epoch. */
  at: number;
  chunksPerSec: number;
  /** Leases waiting for a slot. */
  waiting: number;
}

export const windowSec = 300;

/** The samples with one more, in order of time; one a second, none older than the window. */
export function withSample(samples: readonly Sample[], sample: Sample): Sample[] {
  const last = samples.at(-1);
  if (last && sample.at <= last.at) return [...samples];
  const from = sample.at - windowSec;
  return [...samples.filter(({ at }) => at > from), sample];
}
