/** The live workers and coordinators, from their heartbeats. The key of a dead one runs out, so it leaves by itself. What cannot be read of one is nothing of the others. */
import { Inject, Injectable } from '@nestjs/common';
import { CoordinatorHeartbeat, decode, WorkerHeartbeat } from '@manyhands/proto';
import type { FeedEntry } from '../mirror/feed-entry.ts';
import { Feeds } from '../mirror/feeds.ts';

export type StuckPartition = NonNullable<CoordinatorHeartbeat['stuck']>[number];

export type Trouble = NonNullable<CoordinatorHeartbeat['troubles']>[number];

@Injectable()
export class WorkerRoster {
  readonly #read = new WeakMap<FeedEntry, WorkerHeartbeat | 'unreadable'>();
  readonly #said = new WeakMap<FeedEntry, Pick<CoordinatorHeartbeat, 'stuck' | 'troubles'>>();

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

  /** Of workers that take leases. */
  figures(): { count: number; slots: number; busy_slots: number } {
    const taking = this.live().filter(({ draining }) => !draining);
    return {
      count: taking.length,
      slots: taking.reduce((sum, { slots }) => sum + slots, 0),
      busy_slots: taking.reduce((sum, { busy_slots: busy }) => sum + busy, 0),
    };
  }

  get coordinatorCount(): number {
    return this.feeds.coordinators.entries().length;
  }

  /** Partitions that are stuck, as live coordinators report; the longest first. */
  stuckPartitions(): StuckPartition[] {
    return this.feeds.coordinators
      .entries()
      .flatMap((entry) => this.#saidIn(entry).stuck ?? [])
      .sort((a, b) => b.for_sec - a.for_sec);
  }

  /** What coordinators found missing or changed of that which NATS holds, each once: not mended as long as one of them states it. */
  troubles(): Trouble[] {
    const found = this.feeds.coordinators.entries().flatMap((entry) => this.#saidIn(entry).troubles ?? []);
    const byWhat = Map.groupBy(found, ({ what }) => what);
    return [...byWhat.values()].map((alike) => alike.find(({ mended }) => !mended) ?? alike[0]!);
  }

  #saidIn(entry: FeedEntry): Pick<CoordinatorHeartbeat, 'stuck' | 'troubles'> {
    let said = this.#said.get(entry);
    if (said === undefined) {
      try {
        said = decode(CoordinatorHeartbeat, entry.value ?? new Uint8Array());
      } catch {
        said = {};
      }
      this.#said.set(entry, said);
    }
    return said;
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
