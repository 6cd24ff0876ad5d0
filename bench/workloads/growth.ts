/** How cost grows: milliseconds of one job by its chunks, and of many jobs by their number. */
import { timed } from '../timing.ts';
import type { Workload } from '../workload.ts';

export const growthWithChunks: Workload = {
  name: 'one job, by its chunks',
  async run(system) {
    const figures: Record<string, number> = {};
    for (const chunks of [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000]) {
      const job = { kind: 'noop', params: {}, chunks };
      await system.run(job);
      figures[`${chunks.toLocaleString('en')}: ms`] = (await timed(() => system.run(job))).ms;
    }
    return figures;
  },
};

export const growthWithJobs: Workload = {
  name: '8-chunk jobs at once, by their number',
  async run(system) {
    const figures: Record<string, number> = {};
    for (const jobs of [1, 10, 100, 1_000]) {
      const { totalMs } = await system.contender.run({ chunks: 8, jobs, atOnce: true });
      figures[`${jobs.toLocaleString('en')}: ms a job`] = totalMs / jobs;
    }
    return figures;
  },
};
