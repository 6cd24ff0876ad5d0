/**
 * Sends changes to all watchers, in passes.
 *
 *   resting ──something is due──▶ pass ──nothing became due meanwhile──▶ resting
 *                                   └──something did──▶ pass
 *
 * Invariant: a channel that became due twice before its pass is sent once, with the newest state of each key. So when there is more to
 * write than time to write it, clients skip states instead of lagging: a pass over 5,000 clients takes some 50 ms, a view changes every 50 ms.
 * No pass holds the event loop longer than 10 ms. Clients that do not take what they are sent are looked after ten times a second.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Channel, Watcher } from './channel.ts';

const turnMsMax = 10;
const lookMs = 100;

@Injectable()
export class FanOut implements OnApplicationShutdown {
  #due = new Set<Channel>();
  #telling = false;
  readonly #behind = new Set<Watcher>();
  #looking: NodeJS.Timeout | undefined;

  onApplicationShutdown(): void {
    clearInterval(this.#looking);
    this.#behind.clear();
  }

  due(channel: Channel): void {
    this.#due.add(channel);
    if (this.#telling) return;
    this.#telling = true;
    void this.#tell();
  }

  async #tell(): Promise<void> {
    while (this.#due.size > 0) {
      await nextTurn();
      let turnEndsMs = performance.now() + turnMsMax;
      const due = this.#due;
      this.#due = new Set();
      for (const channel of due) {
        for (const watcher of channel.pass()) {
          this.follow(watcher);
          if (performance.now() < turnEndsMs) continue;
          await nextTurn();
          turnEndsMs = performance.now() + turnMsMax;
        }
      }
    }
    this.#telling = false;
  }

  /** Looks after a client for as long as something waits for it. */
  follow(client: Watcher): void {
    if (!client.isBehind) return;
    this.#behind.add(client);
    this.#looking ??= setInterval(() => this.#look(), lookMs);
  }

  #look(): void {
    const nowMs = performance.now();
    for (const client of this.#behind) {
      client.catchUp(nowMs);
      if (!client.isBehind) this.#behind.delete(client);
    }
    if (this.#behind.size > 0) return;
    clearInterval(this.#looking);
    this.#looking = undefined;
  }
}
