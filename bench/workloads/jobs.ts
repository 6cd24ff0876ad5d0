/** Jobs of chunks that do nothing: what the machinery costs, and nothing else. */
import { percentile } from '../timing.ts';
import type { Comparison } from '../workload.ts';

const CHUNKS = 10_000;
const CONCURRENT = 1_000;

/** Warm: the same shape ran before, as with a peer's second call of the same code. */
export const fanOut: Comparison = {
  name: '10,000 no-op chunks and back',
  async run(contender) {
    const { totalMs } = await contender.run({ chunks: CHUNKS, jobs: 1, atOnce: true });
    return { 'chunks/s': CHUNKS / (totalMs / 1_000) };
  },
};

export const jobsInSequence: Comparison = {
  name: '8-chunk job, 200 in sequence',
  async run(contender) {
    const { jobMs } = await contender.run({ chunks: 8, jobs: 200, atOnce: false });
    return { 'p50 ms': percentile(jobMs, 0.5), 'p99 ms': percentile(jobMs, 0.99), 'max ms': percentile(jobMs, 1) };
  },
};

export const concurrentJobs: Comparison = {
  name: '1,000 concurrent 8-chunk jobs',
  async run(contender) {
    const { totalMs } = await contender.run({ chunks: 8, jobs: CONCURRENT, atOnce: true });
    return { 'jobs/s': CONCURRENT / (totalMs / 1_000) };
  },
};
