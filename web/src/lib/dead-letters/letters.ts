/** Dead letters as people read them. Pure. */
import type { DeadLetter } from '../api.ts';
import { formatCount } from '../format.ts';

/** `Chunk 7`, `Chunks 8 to 15`: counted from 0. */
export function spanName({ begin, end }: Pick<DeadLetter, 'begin' | 'end'>): string {
  return end - begin === 1 ? `Chunk ${formatCount(begin)}` : `Chunks ${formatCount(begin)} to ${formatCount(end - 1)}`;
}

/** How many chunks the letters are about. */
export function chunkCount(letters: readonly Pick<DeadLetter, 'begin' | 'end'>[]): number {
  return letters.reduce((sum, { begin, end }) => sum + end - begin, 0);
}

/** The times of the first and of the last letter. */
export function seenOf(letters: readonly Pick<DeadLetter, 'died_at'>[]): { first: string; last: string } {
  const times = letters.map(({ died_at }) => died_at).sort();
  return { first: times[0] ?? '', last: times.at(-1) ?? '' };
}
