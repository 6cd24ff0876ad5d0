/** The channels somebody watches now: lists and single jobs as WebSocket frames, single jobs as server-sent events. */
import { Inject, Injectable } from '@nestjs/common';
import { keys, limits, type BridgeCommand } from '@manyhands/proto';
import { bridgeFrame, stateFrame } from './bridge-frame.ts';
import type { BucketFeed, FeedListener } from './bucket-feed.ts';
import { Channel, type ChannelOptions } from './channel.ts';
import { FanOut } from './fan-out.ts';
import type { FeedEntry } from './feed-entry.ts';
import { Feeds } from './feeds.ts';
import { digestOf } from './job-digest.ts';
import { jobEvent, type Wrap } from './job-event.ts';

type Told = Pick<ChannelOptions, 'encode' | 'ready' | 'everything'>;

@Injectable()
export class Channels {
  readonly #open = new Map<string, Channel>();

  constructor(
    @Inject(Feeds) private readonly feeds: Feeds,
    @Inject(FanOut) private readonly fanOut: FanOut,
  ) {}

  /** A list of the caller's: the newest page of jobs, or all of a small bucket; then every change. */
  list(tenant: string, topic: Exclude<BridgeCommand['topic'], 'job' | 'alive'>): Channel {
    const feed: BucketFeed = this.feeds.of(topic);
    const mine = (entry: FeedEntry): boolean =>
      (topic !== 'jobs' || entry.key.startsWith(keys.job(tenant, ''))) && isReadable(entry, topic === 'jobs');
    return this.#channel(`${topic} ${tenant}`, (hear) => feed.listen((entry) => void (mine(entry) && hear(entry))), {
      encode: stateFrame(topic),
      ready: bridgeFrame({ topic: 'ready', key: topic, revision: 0 }),
      everything: () => newest(feed.entries().filter(mine), topic === 'jobs'),
    });
  }

  /** One job as WebSocket frames. `now` is what was read of it. */
  job(key: string, now: FeedEntry | undefined): Channel {
    return this.#job(`job ${key}`, key, now, {
      encode: stateFrame('job'),
      ready: bridgeFrame({ topic: 'ready', key, revision: 0 }),
    });
  }

  /** One job as server-sent events. */
  events(key: string, now: FeedEntry, wrap: Wrap): Channel {
    return this.#job(`${wrap.name} events ${key}`, key, now, { encode: (entry) => wrap(jobEvent(entry)) });
  }

  /** What was read from the bucket may be ahead of the feed, and the feed of it. */
  #job(name: string, key: string, now: FeedEntry | undefined, told: Told): Channel {
    const feed = this.feeds.jobs;
    const channel = this.#channel(name, (hear) => feed.listenTo(key, hear), told);
    for (const known of [now, feed.get(key)]) if (known?.value) channel.change(known);
    return channel;
  }

  #channel(name: string, listen: (hear: FeedListener) => () => void, told: Told): Channel {
    const known = this.#open.get(name);
    if (known) return known;
    const channel = new Channel(name, {
      ...told,
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

/** One value that is none of ours must not break the list for whoever watches it. */
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
