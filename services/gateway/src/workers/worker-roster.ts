/** The live workers, from their heartbeats. A dead worker's key runs out, so it leaves by itself. */
import { Inject, Injectable } from '@nestjs/common';
import { decode, WorkerHeartbeat } from '@manyhands/proto';
import type { FeedEntry } from '../progress/feed-entry.ts';
import { Feeds } from '../progress/feeds.ts';

@Injectable()
export class WorkerRoster {
  readonly #read = new WeakMap<FeedEntry, WorkerHeartbeat | 'unreadable'>();

  constructor(@Inject(Feeds) private readonly feeds: Feeds) {}

  /** By worker id. */
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
