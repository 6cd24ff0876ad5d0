/** All open event streams of this process: how many there may be, their heartbeat, and their end on shutdown, when what they send may be the past, and when their caller may not see it any more. */
import type { ServerResponse } from 'node:http';
import { Inject, Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { CONFIG, type GatewayConfig } from '../../config.ts';
import { unavailable } from '../../edge/problem.ts';
import type { Caller } from '../../identity/caller.ts';
import { CallerWatch } from '../../identity/caller-watch.ts';
import { Channels } from '../fan-out/channels.ts';
import { EventStream, type EventSink, type Resume } from './event-stream.ts';
import type { FeedEntry } from '../../mirror/feed-entry.ts';
import { Feeds } from '../../mirror/feeds.ts';
import { httpChunk, jobEvent, plain } from './job-event.ts';

/** How the states of a job are written as events. */
interface EventForm {
  readonly name: string;
  readonly encode: (entry: FeedEntry) => Buffer;
}

@Injectable()
export class EventStreams implements OnModuleInit, BeforeApplicationShutdown {
  readonly #open = new Set<EventStream>();
  #cutCount = 0;
  #beating: NodeJS.Timeout | undefined;

  constructor(
    @Inject(Channels) private readonly channels: Channels,
    @Inject(Feeds) private readonly feeds: Feeds,
    @Inject(CallerWatch) private readonly callers: CallerWatch,
    @Inject(CONFIG) private readonly config: GatewayConfig,
  ) {}

  onModuleInit(): void {
    const { heartbeatMs } = this.config;
    this.#beating = setInterval(() => {
      const nowMs = performance.now();
      for (const stream of this.#open) stream.beat(nowMs, heartbeatMs);
    }, heartbeatMs / 10);
    this.feeds.onLost((bucket) => bucket === 'jobs' && this.#closeAll());
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.#beating);
    this.#closeAll();
  }

  /** Clients come back with the last id they have seen, here or elsewhere. */
  #closeAll(): void {
    for (const stream of this.#open) stream.close();
  }

  get open(): ReadonlySet<EventStream> {
    return this.#open;
  }

  /** Streams ended so far because their clients took nothing for too long. */
  get cutCount(): number {
    return this.#cutCount;
  }

  /** Throws 503 when there are too many, and 429 when there are too many of one tenant. */
  demandRoom(caller: Caller): void {
    this.callers.demandRoom(caller);
    if (this.#open.size >= this.config.clientsMax)
      throw unavailable('Too many event streams are open here; try again in a moment.', 5);
  }

  /**
   * Streams one job that a caller may see: its state now, then every change. The response's head is written, and nothing else. `form`: how a state is written, if
   * not as `jobEvent`; clients that follow in the same form are sent the same bytes.
   */
  follow(
    caller: Caller,
    now: FeedEntry,
    response: ServerResponse,
    resume: Resume,
    form: EventForm = { name: 'events', encode: jobEvent },
  ): void {
    const wrap = response.chunkedEncoding ? httpChunk : plain;
    const channel = this.channels.job(`${wrap.name} ${form.name}`, now.key, now, {
      encode: (entry) => wrap(form.encode(entry)),
    });
    const stream: EventStream = new EventStream(
      sinkOf(response, () => (this.#cutCount += 1)),
      { stuckMs: this.config.stuckMs, resume, wrap },
      () => {
        channel.leave(stream);
        unfollow();
        this.#open.delete(stream);
      },
    );
    const unfollow = this.callers.follow(caller, () => stream.close());
    response.on('close', () => stream.finish());
    this.#open.add(stream);
    channel.join(stream);
  }
}

/**
 * Writes past the response, to the connection it has to itself: a `ServerResponse` would make three pieces of each write, for each client
 * again, where all can be handed the same bytes.
 */
function sinkOf(response: ServerResponse, cut: () => void): EventSink {
  const socket = response.socket!;
  return {
    get writableLength() {
      return socket.destroyed ? 0 : socket.writableLength;
    },
    write: (bytes) => void (socket.writable && socket.write(bytes)),
    end: () => response.end(),
    cut() {
      cut();
      socket.destroy();
    },
  };
}
