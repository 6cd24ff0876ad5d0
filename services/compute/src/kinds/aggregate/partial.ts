/**
 * What a part of the input leaves: an entry for each group.
 *
 * Invariant: two partials of the same records are equal, however these were cut and merged. A partial with more than may be is no other one but `over`: it stays over
 * with whatever it is merged, so each order of merging ends at the same answer, or at none.
 */
import type { Units } from './decimal.ts';

/** Rows; of each value column what `ValueTally.leave` appends; of each distinct column its texts, each behind a `=`. */
export type Entry = [rows: number, ...(Units | null | Record<string, 1>)[]];

export interface Held {
  /** Of each value column: digits behind the point of its units. */
  scales: number[];
  /** Of each asked column: 1 when some record has it. */
  seen: number[];
  /** By the texts of the group, as a JSON array. */
  groups: Record<string, Entry>;
  /** Groups; texts that are counted as distinct; characters of all of them. */
  size: number;
  texts: number;
  chars: number;
}

export type Partial = Held | { over: true };

/** The most of each. */
export interface Bounds {
  groups: number;
  texts: number;
  chars: number;
}

export const BOUNDS: Bounds = { groups: 100_000, texts: 500_000, chars: 16 * 1024 ** 2 };

export function isOver(partial: Partial): partial is { over: true } {
  return 'over' in partial;
}

export function within(partial: Held, bounds: Bounds): Partial {
  const { size, texts, chars } = partial;
  return size > bounds.groups || texts > bounds.texts || chars > bounds.chars ? { over: true } : partial;
}
