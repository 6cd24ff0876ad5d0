/** How long partitions stood still: something waits in one, and neither what was handed out nor what was acknowledged moves. Pure. */
import { only } from '../history.ts';
import type { Seen } from './seen.ts';

export interface Stall {
  partition: string;
  fromMs: number;
  forMs: number;
  waiting: number;
  /** When, of the time it stood still for longer than it may, somebody was told that all is ready. */
  claimedReadyAtMs?: number;
}

/** The longest stall of each partition. `toleratedMs`: from then on a claim to be ready is false. */
export function longestStalls(entries: readonly Seen[], toleratedMs: number): Stall[] {
  const still = new Map<string, Stall & { delivered: number; floor: number }>();
  const longest = new Map<string, Stall>();
  for (const { atMs, ready, partitions } of only(entries, 'looked')) {
    const seen = new Set(partitions.map(({ partition }) => partition));
    for (const partition of still.keys()) if (!seen.has(partition)) still.delete(partition);
    for (const { partition, waiting, unacknowledged, delivered, floor } of partitions) {
      const before = still.get(partition);
      if (before?.delivered !== delivered || before.floor !== floor) {
        still.set(partition, { partition, fromMs: atMs, forMs: 0, waiting: waiting + unacknowledged, delivered, floor });
        continue;
      }
      before.forMs = atMs - before.fromMs;
      if (ready && before.forMs > toleratedMs) before.claimedReadyAtMs ??= atMs;
      if (before.forMs > (longest.get(partition)?.forMs ?? 0)) longest.set(partition, before);
    }
  }
  return [...longest.values()];
}
