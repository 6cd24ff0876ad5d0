/** All open event streams of this process: how many there may be, their heartbeat, and their end on shutdown. */
import { Inject, Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { keys } from '@manyhands/proto';
import { CONFIG, type GatewayConfig } from '../config.ts';
import { unavailable } from '../edge/problem.ts';
import { EventStream, type EventSink, type Resume } from './event-stream.ts';
import type { FeedEntry } from './feed-entry.ts';
import { Feeds } from './feeds.ts';

/** Open streams in one process; each costs a socket and a few hundred bytes. */
export const STREAMS_MAX = 10_000;

@Injectable()
export class EventStreams implements OnModuleInit, BeforeApplicationShutdown {
  readonly #open = new Set<EventStream>();
  #beating: NodeJS.Timeout | undefined;

  constructor(
    @Inject(Feeds) private readonly feeds: Feeds,
    @Inject(CONFIG) private readonly config: GatewayConfig,
  ) {}

  onModuleInit(): void {
    this.#beating = setInterval(() => {
      for (const stream of this.#open) stream.beat();
    }, this.config.heartbeatMs);
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.#beating);
    for (const stream of this.#open) stream.close();
  }

  get count(): number {
    return this.#open.size;
  }

  /** Throws 503 when there are too many. */
  demandRoom(): void {
    if (this.#open.size >= STREAMS_MAX) throw unavailable('Too many event streams are open here; try again in a moment.', 5);
  }

  /** Streams one job: its state now, then every change. */
  follow(tenant: string, jobId: string, now: FeedEntry, sink: EventSink, resume: Resume): void {
    const feed = this.feeds.jobs;
    const key = keys.job(tenant, jobId);
    let unlisten = (): void => undefined;
    const stream: EventStream = new EventStream(sink, resume, () => {
      unlisten();
      this.#open.delete(stream);
    });
    this.#open.add(stream);
    unlisten = feed.listenTo(key, (entry) => stream.offer(entry));
    const heard = feed.get(key);
    stream.offer(heard?.value && heard.revision > now.revision ? heard : now);
  }
}
