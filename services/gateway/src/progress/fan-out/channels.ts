/** The channels that have watchers now: of lists and of single jobs. How a state is written is the transport's: each way of writing has channels of its own. */
import { Inject, Injectable } from '@nestjs/common';
import { keys, limits, type BridgeCommand } from '@manyhands/proto';
import type { BucketFeed, FeedListener } from '../../mirror/bucket-feed.ts';
import { Channel, type ChannelOptions } from './channel.ts';
import { ALL_TENANTS } from '../../identity/caller.ts';
import { FanOut } from './fan-out.ts';
import { keptEntry, type FeedEntry } from '../../mirror/feed-entry.ts';
import type { JobTail } from '../../mirror/job-tails.ts';
import { Feeds } from '../../mirror/feeds.ts';
import { digestOf } from '../../mirror/job-digest.ts';

type ListTopic = Exclude<BridgeCommand['topic'], 'job' | 'logs' | 'leases' | 'jobs' | 'alive'>;

/** How a transport writes what a channel has. */
export type Written = Pick<ChannelOptions, 'encode' | 'ready' | 'part'>;

@Injectable()
export class Channels {
  readonly #open = new Map<string, Channel>();

  constructor(
    @Inject(Feeds) private readonly feeds: Feeds,
    @Inject(FanOut) private readonly fanOut: FanOut,
  ) {}

  /** The newest page of a tenant's jobs, or of all tenants', then every change. Channels of one `way` are written in one way. */
  jobs(way: string, tenant: string, written: Written): Channel {
    return this.#listed(`jobs ${way} ${tenant}`, this.feeds.jobs, jobsOf(tenant), { ...written, of: newestJobs });
  }

  /** Every change of a tenant's jobs from now on. Channels of one `way` are written in one way. */
  changes(way: string, tenant: string, written: Written): Channel {
    return this.#listed(`${way} ${tenant}`, this.feeds.jobs, jobsOf(tenant), { ...written, of: () => [] });
  }

  /** All of a small bucket, then every change. Channels of one `way` are written in one way. */
  list(way: string, topic: ListTopic, written: Written): Channel {
    return this.#listed(`${topic} ${way}`, this.feeds[topic], isReadable, { ...written, of: (entries) => entries });
  }

  #listed(
    name: string,
    feed: BucketFeed,
    isListed: (entry: FeedEntry) => boolean,
    { of, ...written }: Written & { of: (entries: FeedEntry[]) => FeedEntry[] },
  ): Channel {
    return this.#channel(name, (hear) => feed.listen((entry) => void (isListed(entry) && hear(entry))), {
      ...written,
      everything: () => of(feed.entries().filter(isListed)),
    });
  }

  /** One job. `now` is what was read of it: the bucket may be ahead of the feed, and the feed of it. Channels of one `way` are written in one way. */
  job(way: string, key: string, now: FeedEntry | undefined, written: Written): Channel {
    const feed = this.feeds.jobs;
    const channel = this.#channel(`${way} ${key}`, (hear) => feed.listenTo(key, hear), written);
    for (const known of [now, feed.get(key)]) if (known?.value) channel.change(known);
    return channel;
  }

  /** What one job logs, or its leases: what is newest of it, then each message as it comes. Takes the tail over. */
  tail(key: string, tail: JobTail, written: Written): Channel {
    let isFirst = false;
    const listen = (hear: FeedListener): (() => void) => {
      isFirst = true;
      const unlisten = tail.listen((message) => hear(keptEntry(key, message)));
      return () => {
        unlisten();
        tail.close();
      };
    };
    const channel = this.#channel(key, listen, {
      ...written,
      everything: () => tail.ring.lines.map((message) => keptEntry(key, message)),
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

/** Whether a job is a tenant's, and can be read. */
function jobsOf(tenant: string): (entry: FeedEntry) => boolean {
  const begin = tenant === ALL_TENANTS ? '' : keys.job(tenant, '');
  return (entry) => entry.key.startsWith(begin) && (entry.gone || digestOf(entry) !== undefined);
}

/** One value that is none of ours must not break the list for those that watch it. */
function isReadable(entry: FeedEntry): boolean {
  if (entry.gone) return true;
  try {
    return typeof JSON.parse(new TextDecoder().decode(entry.value)) === 'object';
  } catch {
    return false;
  }
}

/** Of jobs only the newest page, oldest first; the rest is behind `GET /v1/jobs`. */
function newestJobs(entries: FeedEntry[]): FeedEntry[] {
  const held = entries.filter((entry) => entry.value);
  return held.sort((a, b) => (idIn(a.key) < idIn(b.key) ? -1 : 1)).slice(-limits.pageSizeMax);
}

function idIn(key: string): string {
  return key.slice(key.lastIndexOf('.') + 1);
}
