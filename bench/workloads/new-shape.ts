/** Jobs of a shape nobody has seen: leases start at one chunk and grow, because nothing is known of how long a chunk takes. */
import { percentile, timed } from '../timing.ts';
import type { Workload } from '../workload.ts';

const JOBS = 50;
const CHUNKS = 10_000;
let shapes = 0;

export const newShape: Workload = {
  name: 'a shape seen for the first time',
  async run(system) {
    const fresh = (chunks: number) => timed(() => system.run({ kind: 'noop', params: { shape: (shapes += 1) }, chunks }));
    const small: number[] = [];
    for (let job = 0; job < JOBS; job += 1) small.push((await fresh(8)).ms);
    const { ms } = await fresh(CHUNKS);
    return {
      '8 chunks p50 ms': percentile(small, 0.5),
      '8 chunks p99 ms': percentile(small, 0.99),
      '10,000 chunks: chunks/s': CHUNKS / (ms / 1_000),
    };
  },
};
