/** The channels somebody watches now: lists and single jobs as WebSocket frames, single jobs as server-sent events. */
import { Inject, Injectable } from '@nestjs/common';
import { keys, limits, type BridgeCommand } from '@manyhands/proto';
import { bridgeFrame, stateFrame } from './bridge-frame.ts';
import type { BucketFeed, FeedListener } from './bucket-feed.ts';
import { Channel, type ChannelOptions, type State } from './channel.ts';
import { FanOut } from './fan-out.ts';
import type { FeedEntry } from './feed-entry.ts';
import { Feeds } from './feeds.ts';
import { jobEvent } from './job-event.ts';

type Encoding = Pick<ChannelOptions, 'encode' | 'ready'>;

interface Open {
  channel: Channel;
  hear: FeedListener;
}

@Injectable()
export class Channels {
  readonly #open = new Map<string, Open>();

  constructor(
    @Inject(Feeds) private readonly feeds: Feeds,
    @Inject(FanOut) private readonly fanOut: FanOut,
  ) {}

  get count(): number {
    return this.#open.size;
  }

  /** A list of the caller's: the newest page of jobs, or all of a small bucket; then every change. */
  list(tenant: string, topic: Exclude<BridgeCommand['topic'], 'job'>): Channel {
    const feed: BucketFeed = this.feeds.of(topic);
    const mine = topic === 'jobs' ? (entry: FeedEntry) => entry.key.startsWith(keys.job(tenant, '')) : () => true;
    const encoding = { encode: stateFrame(topic), ready: bridgeFrame({ topic: 'ready', key: topic, revision: 0 }) };
    return this.#opened(`${topic} ${tenant}`, (name, empty) => {
      const everything = (of: Channel): State[] => newest(feed.entries().filter(mine), topic === 'jobs').map((entry) => of.stateOf(entry));
      const channel = new Channel(name, { ...encoding, everything, due: (due) => this.fanOut.due(due), empty: () => (unlisten(), empty()) });
      const hear = (entry: FeedEntry): void => void (mine(entry) && channel.change(entry));
      const unlisten = feed.listen(hear);
      return { channel, hear };
    }).channel;
  }

  /** One job as WebSocket frames. `now` is what was read of it. */
  job(key: string, now: FeedEntry | undefined): Channel {
    return this.#job(`job ${key}`, key, now, { encode: stateFrame('job'), ready: bridgeFrame({ topic: 'ready', key, revision: 0 }) });
  }

  /** One job as server-sent events. */
  events(key: string, now: FeedEntry): Channel {
    return this.#job(`events ${key}`, key, now, { encode: jobEvent });
  }

  #job(named: string, key: string, now: FeedEntry | undefined, encoding: Encoding): Channel {
    const { channel, hear } = this.#opened(named, (name, empty) => {
      let latest: State | undefined;
      const of = new Channel(name, { ...encoding, everything: () => (latest ? [latest] : []), due: (due) => this.fanOut.due(due), empty: () => (unlisten(), empty()) });
      // What was read from the bucket may be ahead of the feed, which then tells what is older.
      const tell = (entry: FeedEntry): void => {
        if (latest === undefined || isNewer(entry, latest.entry!)) latest = of.change(entry);
      };
      const unlisten = this.feeds.jobs.listenTo(key, tell);
      return { channel: of, hear: tell };
    });
    for (const known of [now, this.feeds.jobs.get(key)]) if (known?.value) hear(known);
    return channel;
  }

  #opened(name: string, open: (name: string, empty: () => void) => Open): Open {
    const known = this.#open.get(name) ?? open(name, () => this.#open.delete(name));
    this.#open.set(name, known);
    return known;
  }
}

function isNewer(entry: FeedEntry, known: FeedEntry): boolean {
  return entry.revision > known.revision || (entry.revision === known.revision && entry.gone && !known.gone);
}

/** Of jobs only the newest page, oldest first; the rest is behind `GET /v1/jobs`. */
function newest(entries: FeedEntry[], areJobs: boolean): FeedEntry[] {
  if (!areJobs) return entries;
  const held = entries.filter((entry) => entry.value);
  return held.sort((a, b) => (a.key < b.key ? -1 : 1)).slice(-limits.pageSizeMax);
}
