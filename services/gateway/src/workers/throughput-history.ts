/**
 * The last minutes of throughput, one measurement a second, so that a chart need not start empty. Received from the metrics service; a
 * gateway that was started again begins again.
 */
import { Inject, Injectable } from '@nestjs/common';
import { decode, keys, QueueStats } from '@manyhands/proto';
import type { FeedEntry } from '../mirror/feed-entry.ts';
import { Feeds } from '../mirror/feeds.ts';

/** Five minutes. */
export const SAMPLES_MAX = 300;

export type ThroughputSample = Pick<QueueStats, 'at' | 'chunks_per_sec'>;

@Injectable()
export class ThroughputHistory {
  #samples: ThroughputSample[] = [];

  constructor(@Inject(Feeds) feeds: Pick<Feeds, 'stats'>) {
    feeds.stats.listen((entry) => this.#take(entry));
  }

  /** Oldest first. */
  samples(): readonly ThroughputSample[] {
    return this.#samples;
  }

  #take({ key, value }: FeedEntry): void {
    if (key !== keys.queues || !value) return;
    try {
      const { at, chunks_per_sec } = decode(QueueStats, value);
      this.#samples = [...this.#samples.slice(1 - SAMPLES_MAX), { at, chunks_per_sec }];
    } catch {
      // A release that writes it differently leaves a gap in the chart, nothing else.
    }
  }
}
