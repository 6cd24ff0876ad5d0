/**
 * Whether workers take what waits for them. A heartbeat shows that a worker lives; only the queues show that it also takes leases.
 *
 *   taken ──leases of a kind wait and none is in flight──▶ waiting ──10 s──▶ untaken ──one is in flight, or none waits──▶ taken
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

  constructor(@Inject(Feeds) feeds: Pick<Feeds, 'stats'>) {
    feeds.stats.listen((entry) => this.#take(entry));
  }

  /** Kinds of which leases wait and none was taken for ten seconds. */
  kindsAt(nowMs: number): string[] {
    return [...this.#since].filter(([, sinceMs]) => nowMs - sinceMs > UNTAKEN_AFTER_MS).map(([kind]) => kind);
  }

  #take({ key, value, storedAtMs }: FeedEntry): void {
    if (key !== keys.queues || !value) return;
    const stats = ifReadable(() => decode(QueueStats, value));
    if (stats) this.#since = untakenSince(this.#since, stats.queues, storedAtMs);
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
