/** The gateway's feeds: one per bucket it watches, filled as soon as NATS is there. */
import { setTimeout as pause } from 'node:timers/promises';
import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { BrokerLink, WATCHED_BUCKETS, type Bus, type WatchedBucket } from '../bus/broker-link.ts';
import { CONFIG, type GatewayConfig } from '../config.ts';
import { BucketFeed } from './bucket-feed.ts';
import { digestView } from './job-digest.ts';

/** Milliseconds between two tries to watch a bucket. */
const retryMs = 500;

@Injectable()
export class Feeds implements OnModuleInit, OnApplicationShutdown {
  readonly jobs: BucketFeed;
  readonly workers = new BucketFeed();
  readonly coordinators = new BucketFeed();
  readonly kinds = new BucketFeed();
  readonly stats = new BucketFeed();
  readonly #link: BrokerLink;
  readonly #log = new Logger('progress');

  constructor(@Inject(BrokerLink) link: BrokerLink, @Inject(CONFIG) config: GatewayConfig) {
    this.#link = link;
    this.jobs = new BucketFeed({ bytesMax: config.viewBytesMax, digestOf: digestView });
  }

  onModuleInit(): void {
    this.#link.onUp((bus) => void this.#start(bus));
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all(WATCHED_BUCKETS.map((bucket) => this.of(bucket).stop()));
  }

  of(bucket: WatchedBucket): BucketFeed {
    return this[bucket];
  }

  /** Whether everything stored so far is known. */
  get areCurrent(): boolean {
    return WATCHED_BUCKETS.every((bucket) => this.of(bucket).isCurrent);
  }

  async #start(bus: Bus): Promise<void> {
    await Promise.all(WATCHED_BUCKETS.map((bucket) => this.#follow(bus, bucket)));
  }

  /** Tries until the bucket is watched: without its feed a gateway would show old states for ever. */
  async #follow(bus: Bus, bucket: WatchedBucket): Promise<void> {
    while (!bus.broker.connection.isClosed()) {
      try {
        return await this.of(bucket).start(bus.buckets[bucket]);
      } catch (error) {
        this.#log.error(`bucket ${bucket} cannot be watched yet: ${(error as Error).message}`);
        await pause(retryMs);
      }
    }
  }
}
