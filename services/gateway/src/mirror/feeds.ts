/**
 * The gateway's feeds: one per bucket it watches, filled as soon as NATS is there, and held to the present.
 *
 * Invariant: a caller that asks for the present (`confirm`) gets everything that was stored before the question, or is refused within `BUS_DEADLINE_MS`. A client that
 * is kept up to date is disconnected as soon as a feed is behind, which is at most 5 s after what it received became old.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { within } from '@manyhands/nats';
import { BrokerLink, WATCHED_BUCKETS, type Bus, type WatchedBucket } from '../bus/broker-link.ts';
import { BUS_DEADLINE_MS } from '../bus/deadline.ts';
import { CONFIG, type GatewayConfig } from '../config.ts';
import { unavailable } from '../edge/problem.ts';
import { digestRecord } from '../identity/records.ts';
import { BucketFeed } from './bucket-feed.ts';
import { digestView } from './job-digest.ts';

/** Milliseconds between two tries to watch a bucket. */
const retryMs = 500;
/** Milliseconds between two looks at whether a feed is still current. */
const lookMs = 100;
const firstUpMs = 5_000;
const notNow =
  'The gateway cannot read what is stored now, because NATS does not answer in time; try again in a few seconds, or use another gateway.';

@Injectable()
export class Feeds implements OnModuleInit, OnApplicationShutdown {
  readonly jobs: BucketFeed;
  readonly workers = new BucketFeed();
  readonly coordinators = new BucketFeed();
  readonly kinds = new BucketFeed();
  readonly stats = new BucketFeed();
  readonly identity = new BucketFeed({ digestOf: digestRecord });
  readonly #link: BrokerLink;
  readonly #log = new Logger('progress');
  readonly #lostListeners = new Set<(lost: WatchedBucket) => void>();
  readonly #known = new Set<WatchedBucket>();
  /** By bucket: since when it is behind. */
  readonly #lostSinceMs = new Map<WatchedBucket, number>();
  readonly #up = Promise.withResolvers<void>();
  #looking: NodeJS.Timeout | undefined;

  constructor(@Inject(BrokerLink) link: BrokerLink, @Inject(CONFIG) config: GatewayConfig) {
    this.#link = link;
    this.jobs = new BucketFeed({ bytesMax: config.viewBytesMax, digestOf: digestView });
  }

  onModuleInit(): void {
    this.#link.onUp((bus) => {
      this.#up.resolve();
      for (const bucket of WATCHED_BUCKETS) void this.#follow(bus, bucket);
    });
    this.#looking = setInterval(() => this.#look(), lookMs);
    for (const bucket of WATCHED_BUCKETS) this[bucket].behind = () => void (this.#known.has(bucket) && this.#look());
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.#looking);
    await Promise.all(WATCHED_BUCKETS.map((bucket) => this[bucket].stop()));
  }

  /** Whether everything stored so far is known. */
  get areCurrent(): boolean {
    return WATCHED_BUCKETS.every((bucket) => this[bucket].isCurrent);
  }

  /** Resolves once these buckets are known as they were at the call, or later. Throws `unavailable`. */
  async confirm(...buckets: WatchedBucket[]): Promise<void> {
    await this.#inTime(() => Promise.all(buckets.map((bucket) => this[bucket].confirm(BUS_DEADLINE_MS))));
  }

  /** As `confirm`, for who came before the gateway had its first connection: that is waited for, but not for long. */
  async confirmOnceUp(bucket: WatchedBucket): Promise<void> {
    await within(firstUpMs, this.#up.promise);
    await this.confirm(bucket);
  }

  /** Resolves when what the leader of a bucket answers is not the past. Throws `unavailable`. */
  async led(bucket: WatchedBucket): Promise<void> {
    await this.#inTime(() => this[bucket].led(BUS_DEADLINE_MS));
  }

  async #inTime(asked: () => Promise<unknown>): Promise<void> {
    this.#link.bus();
    await asked().catch(() => {
      throw unavailable(notNow);
    });
  }

  /** Calls back whenever a bucket that was known is not known to be current any more. */
  onLost(lost: (bucket: WatchedBucket) => void): void {
    this.#lostListeners.add(lost);
  }

  #look(): void {
    for (const bucket of WATCHED_BUCKETS) {
      if (this[bucket].isCurrent) {
        this.#known.add(bucket);
        const sinceMs = this.#lostSinceMs.get(bucket);
        if (sinceMs !== undefined)
          this.#log.warn(`bucket ${bucket} is current again, after ${((performance.now() - sinceMs) / 1_000).toFixed(1)} s`);
        this.#lostSinceMs.delete(bucket);
      } else if (this.#known.delete(bucket)) {
        this.#lostSinceMs.set(bucket, performance.now());
        this.#log.warn(
          `the content of bucket ${bucket} is not known to be current (${this[bucket].trouble}): until it is, lists are answered with 503 and watchers are disconnected`,
        );
        for (const lost of this.#lostListeners) lost(bucket);
      }
    }
  }

  /** Tries until the bucket is watched: without its feed a gateway would show old states forever. */
  async #follow(bus: Bus, bucket: WatchedBucket): Promise<void> {
    let said: string | undefined;
    const say = (error: Error): void => {
      if (error.message === said) return;
      said = error.message;
      this.#log.warn(`bucket ${bucket} cannot be watched; the gateway tries again: ${said}`);
    };
    while (!bus.broker.connection.isClosed()) {
      try {
        return await this[bucket].start(bus.buckets[bucket], say);
      } catch (error) {
        say(error as Error);
        await pause(retryMs);
      }
    }
  }
}
