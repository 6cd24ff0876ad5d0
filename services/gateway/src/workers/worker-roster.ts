/** The live workers and coordinators, from their heartbeats. The key of a dead one runs out, so it leaves by itself. What cannot be read of one is nothing of the others. */
import { Inject, Injectable } from '@nestjs/common';
import { CoordinatorHeartbeat, decode, WorkerHeartbeat } from '@manyhands/proto';
import type { FeedEntry } from '../progress/feed-entry.ts';
import { Feeds } from '../progress/feeds.ts';

export type StuckPartition = NonNullable<CoordinatorHeartbeat['stuck']>[number];

@Injectable()
export class WorkerRoster {
  readonly #read = new WeakMap<FeedEntry, WorkerHeartbeat | 'unreadable'>();
  readonly #stuck = new WeakMap<FeedEntry, readonly StuckPartition[]>();

  constructor(@Inject(Feeds) private readonly feeds: Feeds) {}

  /** As they are now, by worker id. Throws 503. */
  async liveNow(): Promise<WorkerHeartbeat[]> {
    await this.feeds.confirm('workers');
    return this.live();
  }

  /** Those known so far, by worker id. */
  live(): WorkerHeartbeat[] {
    const heartbeats = this.feeds.workers.entries().map((entry) => this.#heartbeatOf(entry));
    return heartbeats.filter((heartbeat) => heartbeat !== 'unreadable').sort((a, b) => a.worker.localeCompare(b.worker));
  }

  /** Workers that take leases. */
  get count(): number {
    return this.live().filter((worker) => !worker.draining).length;
  }

  get coordinatorCount(): number {
    return this.feeds.coordinators.entries().length;
  }

  /** Partitions that stand still, as live coordinators say; the longest first. */
  stuckPartitions(): StuckPartition[] {
    return this.feeds.coordinators.entries().flatMap((entry) => this.#stuckIn(entry)).sort((a, b) => b.for_sec - a.for_sec);
  }

  #stuckIn(entry: FeedEntry): readonly StuckPartition[] {
    let stuck = this.#stuck.get(entry);
    if (stuck === undefined) {
      try {
        stuck = decode(CoordinatorHeartbeat, entry.value ?? new Uint8Array()).stuck ?? [];
      } catch {
        stuck = [];
      }
      this.#stuck.set(entry, stuck);
    }
    return stuck;
  }

  #heartbeatOf(entry: FeedEntry): WorkerHeartbeat | 'unreadable' {
    let heartbeat = this.#read.get(entry);
    if (heartbeat === undefined) {
      try {
        heartbeat = decode(WorkerHeartbeat, entry.value ?? new Uint8Array());
      } catch {
        heartbeat = 'unreadable';
      }
      this.#read.set(entry, heartbeat);
    }
    return heartbeat;
  }
}
