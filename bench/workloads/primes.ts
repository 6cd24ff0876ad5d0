/**
 * Real compute beside the bare kernel: the same function on one thread and on as many threads as there are slots, in the same run and nothing
 * around it. An efficiency of 1 is all that the slots could give.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { timed } from '../timing.ts';
import type { Figures, Workload } from '../workload.ts';
import { onBareThreads } from './bare-threads.ts';

/** Few enough that handing them out costs nothing, many enough that threads end together. */
const PARTS_PER_THREAD = 64;

export function primes(n: number, result: number, slots: number): Workload {
  return {
    name: `primes to ${n.toLocaleString('en')} in 1,000 chunks`,
    async run(system) {
      const ours = await timed(() => system.run({ kind: 'primes', params: { n }, chunks: 1_000 }));
      if (ours.value.result !== result) throw new Error(`counted ${JSON.stringify(ours.value.result)} instead of ${result}`);
      const oneMs = await bareMs(n, 1, result);
      const allMs = slots === 1 ? oneMs : await bareMs(n, slots, result);
      const sieve = await primesieveMs(n, slots);
      const figures: Figures = {
        'ours ms': ours.ms,
        'bare kernel, one thread ms': oneMs,
        'bare kernel, all threads ms': allMs,
        efficiency: allMs / ours.ms,
      };
      return sieve === undefined ? figures : { ...figures, 'primesieve ms': sieve };
    },
  };
}

async function bareMs(n: number, threads: number, result: number): Promise<number> {
  const { ms, value } = await onBareThreads('./bare-primes.ts', { n }, threads * PARTS_PER_THREAD, threads);
  if (value !== result) throw new Error(`the bare kernel counted ${value} instead of ${result}`);
  return ms;
}

/** The reference in C++, its start included; undefined where it is not installed. */
async function primesieveMs(n: number, threads: number): Promise<number | undefined> {
  try {
    const { ms } = await timed(async () => {
      const sieve = spawn('primesieve', [String(n), '--count', `--threads=${threads}`, '--quiet'], { stdio: 'ignore' });
      const [code] = (await once(sieve, 'exit')) as [number];
      if (code !== 0) throw new Error(`primesieve ended with ${code}`);
    });
    return ms;
  } catch {
    return undefined;
  }
}
