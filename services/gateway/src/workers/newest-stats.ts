/** The newest statistics of the system, which the metrics service writes once a second. What another release wrote in another way is no statistics of ours. */
import { Inject, Injectable } from '@nestjs/common';
import { decode, ifReadable, keys, QueueStats } from '@manyhands/proto';
import { unavailable } from '../edge/problem.ts';
import { Feeds } from '../mirror/feeds.ts';

/** Statistics older than this are not shown as what is. */
const OLD_MS = 5_000;

export interface ReadStats {
  bytes: Uint8Array;
  stats: QueueStats;
}

@Injectable()
export class NewestStats {
  constructor(@Inject(Feeds) private readonly feeds: Feeds) {}

  /** Throws 503 with why there are none. */
  async now(): Promise<ReadStats> {
    await this.feeds.confirm('stats');
    const entry = this.feeds.stats.get(keys.queues);
    const bytes = entry?.value;
    const stats = bytes && ifReadable(() => decode(QueueStats, bytes));
    if (!stats) throw unavailable('There are no statistics yet; the metrics service writes them once a second.');
    const ageMs = this.feeds.stats.ageMs(entry);
    if (ageMs > OLD_MS)
      throw unavailable(
        `The newest statistics are ${Math.round(ageMs / 1_000)} s old; check the metrics service, which writes them once a second.`,
      );
    return { bytes, stats };
  }
}
