/** Chunks that wait, as calls of a server do: many at once, in one thread of each worker. */
import { setTimeout as sleep } from 'node:timers/promises';
import { OURS } from '../contender.ts';
import { watchMemory } from '../memory.ts';
import { timed } from '../timing.ts';
import type { Comparison, Workload } from '../workload.ts';

const CHUNKS = 2_000;
const WAIT_MS = 100;
const AT_ONCE = 100;

/** Fifty at once in each of two workers. Only BullMQ has a concurrency of one process that its documentation gives to calls that wait. */
export const waitingCalls: Comparison = {
  name: '2,000 chunks that wait 100 ms, 100 at once',
  isFor: ({ name }) => name === OURS || name.startsWith('BullMQ'),
  async run(contender) {
    const { totalMs } = await contender.run({ chunks: CHUNKS, jobs: 1, atOnce: true, waitMs: WAIT_MS });
    return { 'chunks/s': CHUNKS / (totalMs / 1_000) };
  },
};

/** Of a system with one worker and no thread but the shared one, against a bare loop in this process. */
export const waitingInOneThread: Workload = {
  name: '2,000 chunks that wait 100 ms, 100 in one thread',
  async run(system) {
    const bareMs = await bareLoopMs();
    const memory = watchMemory(system.processes());
    const { ms, value } = await timed(() => system.run({ kind: 'wait-100', params: { ms: WAIT_MS }, chunks: CHUNKS }));
    const { worker } = memory.stop();
    if (value.result !== CHUNKS) throw new Error(`counted ${JSON.stringify(value.result)} of ${CHUNKS} chunks`);
    return { 'times a bare loop': ms / bareMs, 'bare loop ms': bareMs, ...(worker && { 'worker MB': worker.maxMb }) };
  },
};

/** As many promises, each of which takes the next chunk until none is left. */
async function bareLoopMs(): Promise<number> {
  let next = 0;
  const { ms } = await timed(() =>
    Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        while ((next += 1) <= CHUNKS) await sleep(WAIT_MS);
      }),
    ),
  );
  return ms;
}
