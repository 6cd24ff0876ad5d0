/**
 * How long changes took to reach clients: from the moment the server stored a revision until a client had it or a newer one of
 * its key. Pure. A revision that a client never caught up with counts as missed, never as nothing.
 */
import type { Arrivals } from './swarm.ts';

export interface Change {
  key: string;
  revision: number;
  storedAtMs: number;
}

export interface Reach {
  changes: number;
  /** Pairs of a change and a client that has it. */
  samples: number;
  /** Pairs of a change and a client that never got there. */
  missed: number;
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
  /** Milliseconds until 99 % of the clients had a change: over all changes the middle one and the slowest. */
  reach99MedianMs: number;
  reach99MaxMs: number;
}

/** `watchersOf`: how many clients should hear of a key. */
export function reachOf(
  changes: readonly Change[],
  { keys, came }: Pick<Arrivals, 'keys' | 'came'>,
  watchersOf: (key: string) => number,
): Reach {
  const byKey = new Map<string, Change[]>();
  for (const change of changes) byKey.set(change.key, [...(byKey.get(change.key) ?? []), change]);
  for (const list of byKey.values()) list.sort((one, other) => one.revision - other.revision);
  const latencies = new Map<Change, number[]>(changes.map((change) => [change, []]));
  const next = new Map<number, number>();
  for (let at = 0; at < came.length; at += 4) {
    const [client, keyAt, revision, atMs] = [came[at]!, came[at + 1]!, came[at + 2]!, came[at + 3]!];
    const list = byKey.get(keys[keyAt]!);
    if (list === undefined) continue;
    const slot = client * keys.length + keyAt;
    let index = next.get(slot) ?? 0;
    for (; index < list.length && list[index]!.revision <= revision; index += 1)
      latencies.get(list[index]!)!.push(Math.max(0, atMs - list[index]!.storedAtMs));
    next.set(slot, index);
  }
  const all = Float64Array.from([...latencies.values()].flat()).sort();
  const reach99 = Float64Array.from(
    [...latencies.values()].filter((list) => list.length > 0).map((list) => percentile(Float64Array.from(list).sort(), 0.99)),
  ).sort();
  return {
    changes: changes.length,
    samples: all.length,
    missed: changes.reduce((sum, { key }) => sum + watchersOf(key), 0) - all.length,
    p50Ms: percentile(all, 0.5),
    p99Ms: percentile(all, 0.99),
    maxMs: percentile(all, 1),
    reach99MedianMs: percentile(reach99, 0.5),
    reach99MaxMs: percentile(reach99, 1),
  };
}

function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}
