/** The channels that have watchers now: of lists and of single jobs. How a state is written is the transport's: each way of writing has channels of its own. */
import { Inject, Injectable } from '@nestjs/common';
import { keys, limits, type BridgeCommand } from '@manyhands/proto';
import type { BucketFeed, FeedListener } from '../../mirror/bucket-feed.ts';
import { Channel, type ChannelOptions } from './channel.ts';
import { FanOut } from './fan-out.ts';
import { FeedEntry } from '../../mirror/feed-entry.ts';
import type { KeptLine } from '../../logs/line-ring.ts';
import type { LogTail } from '../../logs/log-tails.ts';
import { Feeds } from '../../mirror/feeds.ts';
import { digestOf } from '../../mirror/job-digest.ts';

type ListTopic = Exclude<BridgeCommand['topic'], 'job' | 'logs' | 'alive'>;

/** How a transport writes what a channel has. */
export type Written = Pick<ChannelOptions, 'encode' | 'ready'>;

@Injectable()
export class Channels {
  readonly #open = new Map<string, Channel>();

  constructor(
    @Inject(Feeds) private readonly feeds: Feeds,
    @Inject(FanOut) private readonly fanOut: FanOut,
  ) {}

  /** A list of the caller's: the newest page of jobs, or all of a small bucket; then every change. */
  list(tenant: string, topic: ListTopic, written: Written): Channel {
    const feed: BucketFeed = this.feeds.of(topic);
    const mine = (entry: FeedEntry): boolean =>
      (topic !== 'jobs' || entry.key.startsWith(keys.job(tenant, ''))) && isReadable(entry, topic === 'jobs');
    return this.#channel(`${topic} ${tenant}`, (hear) => feed.listen((entry) => void (mine(entry) && hear(entry))), {
      ...written,
      everything: () => newest(feed.entries().filter(mine), topic === 'jobs'),
    });
  }

  /** One job. `now` is what was read of it: the bucket may be ahead of the feed, and the feed of it. Channels of one `way` are written in one way. */
  job(way: string, key: string, now: FeedEntry | undefined, written: Written): Channel {
    const feed = this.feeds.jobs;
    const channel = this.#channel(`${way} ${key}`, (hear) => feed.listenTo(key, hear), written);
    for (const known of [now, feed.get(key)]) if (known?.value) channel.change(known);
    return channel;
  }

  /** What one job logs: its newest lines, then each as it comes. Takes the tail over. */
  log(key: string, tail: LogTail, written: Written): Channel {
    let isFirst = false;
    const listen = (hear: FeedListener): (() => void) => {
      isFirst = true;
      const unlisten = tail.listen((line) => hear(lineEntry(key, line)));
      return () => {
        unlisten();
        tail.close();
      };
    };
    const channel = this.#channel(key, listen, {
      ...written,
      everything: () => tail.ring.lines.map((line) => lineEntry(key, line)),
    });
    if (!isFirst) tail.close();
    return channel;
  }

  #channel(
    name: string,
    listen: (hear: FeedListener) => () => void,
    written: Written & Pick<ChannelOptions, 'everything'>,
  ): Channel {
    const known = this.#open.get(name);
    if (known) return known;
    const channel = new Channel(name, {
      ...written,
      due: (due) => this.fanOut.due(due),
      empty: () => {
        unlisten();
        this.#open.delete(name);
      },
    });
    const unlisten = listen((entry) => channel.change(entry));
    this.#open.set(name, channel);
    return channel;
  }
}

/** A line as a state of its own. For a client that is far behind a newer one takes the place of one that is not held any more. */
function lineEntry(key: string, { sequence, place, data }: KeptLine): FeedEntry {
  return new FeedEntry({ key: `${key} ${place}`, revision: sequence, storedAtMs: 0, value: data });
}

/** One value that is none of ours must not break the list for those that watch it. */
function isReadable(entry: FeedEntry, isJob: boolean): boolean {
  if (entry.gone) return true;
  if (isJob) return digestOf(entry) !== undefined;
  try {
    return typeof JSON.parse(new TextDecoder().decode(entry.value)) === 'object';
  } catch {
    return false;
  }
}

/** Of jobs only the newest page, oldest first; the rest is behind `GET /v1/jobs`. */
function newest(entries: FeedEntry[], areJobs: boolean): FeedEntry[] {
  if (!areJobs) return entries;
  const held = entries.filter((entry) => entry.value);
  return held.sort((a, b) => (a.key < b.key ? -1 : 1)).slice(-limits.pageSizeMax);
}
