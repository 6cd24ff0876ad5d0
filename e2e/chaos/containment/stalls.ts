/**
 * How long partitions stood still: something waits in one, and neither what was handed out nor what was acknowledged moves. Time in which a coordinator was asleep,
 * too short to be missed, is not counted: where it had just taken over from one that was killed, a partition stands still for both. Pure.
 */
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
  const sleeps = sleepsIn(entries);
  const awakeMs = (fromMs: number, toMs: number): number =>
    toMs -
    fromMs -
    sleeps.reduce((sum, sleep) => sum + Math.max(0, Math.min(toMs, sleep.toMs) - Math.max(fromMs, sleep.fromMs)), 0);
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
      before.forMs = awakeMs(before.fromMs, atMs);
      if (ready && before.forMs > toleratedMs) before.claimedReadyAtMs ??= atMs;
      if (before.forMs > (longest.get(partition)?.forMs ?? 0)) longest.set(partition, before);
    }
  }
  return [...longest.values()];
}

/** Each ends when the coordinator goes on, or with the run. */
function sleepsIn(entries: readonly Seen[]): { fromMs: number; toMs: number }[] {
  const moves = only(entries, 'moved');
  return moves.flatMap(({ atMs, coordinator, how }, index) => {
    if (how !== 'asleep') return [];
    const back = moves.slice(index + 1).find((later) => later.coordinator === coordinator && later.how === 'back');
    return [{ fromMs: atMs, toMs: back?.atMs ?? Infinity }];
  });
}
