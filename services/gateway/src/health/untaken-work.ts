/**
 * Whether workers take what waits for them. A heartbeat shows that a worker lives; only the queues show that it also takes leases.
 *
 *   taken ──leases of a kind wait and none is in flight──▶ waiting ──10 s──▶ untaken ──one is in flight, or none waits──▶ taken
 *
 * Invariant: times are those at which statistics were stored, by the clock of the server: no other is asked, and of a time without statistics nothing is reported.
 */
import { Inject, Injectable } from '@nestjs/common';
import { decode, ifReadable, keys, QueueStats, type QueueDepth } from '@manyhands/proto';
import type { FeedEntry } from '../mirror/feed-entry.ts';
import { Feeds } from '../mirror/feeds.ts';

/** A worker that has a free slot takes a lease within milliseconds; statistics are up to two seconds old. */
export const UNTAKEN_AFTER_MS = 10_000;

@Injectable()
export class UntakenWork {
  #since = new Map<string, number>();
  /** When the newest statistics were stored. */
  #atMs = 0;

  constructor(@Inject(Feeds) feeds: Pick<Feeds, 'stats'>) {
    feeds.stats.listen((entry) => this.#take(entry));
  }

  /** Kinds of which leases wait and none was taken for ten seconds, as the newest statistics have it. */
  kinds(): string[] {
    return [...this.#since].filter(([, sinceMs]) => this.#atMs - sinceMs > UNTAKEN_AFTER_MS).map(([kind]) => kind);
  }

  #take({ key, value, storedAtMs }: FeedEntry): void {
    if (key !== keys.queues || !value) return;
    const stats = ifReadable(() => decode(QueueStats, value));
    if (!stats) return;
    this.#since = untakenSince(this.#since, stats.queues, storedAtMs);
    this.#atMs = storedAtMs;
  }
}

/** By kind, since when its leases wait while none is in flight. */
export function untakenSince(
  before: ReadonlyMap<string, number>,
  queues: readonly QueueDepth[],
  nowMs: number,
): Map<string, number> {
  const since = new Map<string, number>();
  for (const [kind, lanes] of Map.groupBy(queues, (queue) => queue.kind)) {
    const isTaken = lanes.some((lane) => lane.in_flight > 0) || lanes.every((lane) => lane.waiting === 0);
    if (!isTaken) since.set(kind, before.get(kind) ?? nowMs);
  }
  return since;
}
