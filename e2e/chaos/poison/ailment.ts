/** Which chunks are poisoned, and how: a pure function of the seed, so that kernel and judge agree without a word. */
import { Random } from '../../simulation/random.ts';

/** `dies` takes the whole process along, or at least its thread. */
export const AILMENTS = ['throws', 'loops', 'eats', 'dies'] as const;
export type Ailment = (typeof AILMENTS)[number];

/** Of so many chunks one has each ailment. */
export const BLOCK_CHUNKS = 100;

/** How a chunk that dies does it, from block to block. */
export const DEATHS = ['SIGKILL', 'SIGABRT', 'exit'] as const;

export function ailmentOf(chunk: number, seed: number): Ailment | undefined {
  const block = Math.floor(chunk / BLOCK_CHUNKS);
  const random = new Random(seed * 1_000 + block);
  const places: number[] = [];
  while (places.length < AILMENTS.length) {
    const place = random.whole(0, BLOCK_CHUNKS - 1);
    if (!places.includes(place)) places.push(place);
  }
  return AILMENTS[places.indexOf(chunk % BLOCK_CHUNKS)];
}

export function deathOf(chunk: number): (typeof DEATHS)[number] {
  return DEATHS[Math.floor(chunk / BLOCK_CHUNKS) % DEATHS.length]!;
}

/** What a healthy chunk comes to; the answer of a job is their sum. */
export function valueOf(chunk: number): number {
  return chunk + 1;
}

/** The poisoned chunks of a job, by chunk. */
export function ailingChunks(chunks: number, seed: number): ReadonlyMap<number, Ailment> {
  const all = Array.from({ length: chunks }, (_, chunk) => [chunk, ailmentOf(chunk, seed)] as const);
  return new Map(all.filter((entry): entry is [number, Ailment] => entry[1] !== undefined));
}
