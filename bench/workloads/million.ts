/** A million chunks that do nothing, and what they cost each process in memory. Only ours: a peer would need minutes. */
import { timed } from '../timing.ts';
import type { Workload } from '../workload.ts';
import { watchMemory } from '../memory.ts';

const CHUNKS = 1_000_000;

export const million: Workload = {
  name: '1,000,000 no-op chunks and back',
  async run(system) {
    const memory = watchMemory(system.processes());
    const { ms, value } = await timed(() => system.run({ kind: 'noop', params: {}, chunks: CHUNKS }));
    const seen = memory.stop();
    if (value.result !== CHUNKS) throw new Error(`counted ${JSON.stringify(value.result)} of ${CHUNKS} chunks`);
    const figures = Object.entries(seen).flatMap(
      ([name, { maxMb, grownMb }]) =>
        [
          [`${name} max MB`, maxMb],
          [`${name} grown MB`, grownMb],
        ] as const,
    );
    return { 'chunks/s': CHUNKS / (ms / 1_000), 'view KB': JSON.stringify(value).length / 1_024, ...Object.fromEntries(figures) };
  },
};
