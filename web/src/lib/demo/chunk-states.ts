/** What each chunk of a small job is doing. Pure. */
import type { JobView } from '@manyhands/proto';

export type ChunkState = 'waiting' | 'leased' | 'done' | 'failed';

/** One state for each of `count` chunks, in their order; all wait while nothing is known. */
export function chunkStates(count: number, chunks: JobView['chunks'] | undefined): ChunkState[] {
  const states = Array.from({ length: count }, (): ChunkState => 'waiting');
  for (const state of ['leased', 'done', 'failed'] as const)
    for (const [from, to] of chunks?.[state] ?? []) states.fill(state, from, to);
  return states;
}
