/** All open event streams of this process: how many there may be, their heartbeat, and their end on shutdown and when what they send may be the past. */
import type { ServerResponse } from 'node:http';
import { Inject, Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { keys } from '@manyhands/proto';
import { CONFIG, type GatewayConfig } from '../../config.ts';
import { unavailable } from '../../edge/problem.ts';
import { Channels } from '../fan-out/channels.ts';
import { EventStream, type EventSink, type Resume } from './event-stream.ts';
import type { FeedEntry } from '../../mirror/feed-entry.ts';
import { Feeds } from '../../mirror/feeds.ts';
import { httpChunk, jobEvent, plain } from './job-event.ts';

@Injectable()
export class EventStreams implements OnModuleInit, BeforeApplicationShutdown {
  readonly #open = new Set<EventStream>();
  #cutCount = 0;
  #beating: NodeJS.Timeout | undefined;

  constructor(
    @Inject(Channels) private readonly channels: Channels,
    @Inject(Feeds) private readonly feeds: Feeds,
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

  /** Throws 503 when there are too many. */
  demandRoom(): void {
    if (this.#open.size >= this.config.clientsMax)
      throw unavailable('Too many event streams are open here; try again in a moment.', 5);
  }

  /** Streams one job: its state now, then every change. The response's head is written, and nothing else. */
  follow(tenant: string, jobId: string, now: FeedEntry, response: ServerResponse, resume: Resume): void {
    const wrap = response.chunkedEncoding ? httpChunk : plain;
    const channel = this.channels.job(`${wrap.name} events`, keys.job(tenant, jobId), now, {
      encode: (entry) => wrap(jobEvent(entry)),
    });
    const stream: EventStream = new EventStream(
      sinkOf(response, () => (this.#cutCount += 1)),
      { stuckMs: this.config.stuckMs, resume, wrap },
      () => {
        channel.leave(stream);
        this.#open.delete(stream);
      },
    );
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
