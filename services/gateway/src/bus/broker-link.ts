/**
 * Holds the gateway's one connection to NATS, and lets the gateway answer while there is none.
 *
 *   closed ──start──▶ connecting ──first connection──▶ up ◀──▶ away
 *                         └──refused──▶ failed                       any ──stop──▶ closed
 *
 * Invariant: `bus()` gives a bus only in state `up`; in every other state it throws `unavailable` at once, because a publish
 * made while away would wait in the client's buffer and be stored long after the user got the answer that it was not.
 * What can never work (a server too old, streams that differ from ours) is `failed` and ends the process.
 */
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { createOutbox, openBroker, openBucket, provision, Room } from '@manyhands/broker';
import { sayOutages, type Broker, type Bucket, type Outbox } from '@manyhands/nats';
import { isManyhandsError, ManyhandsError, type BucketKey } from '@manyhands/proto';
import { withoutSecrets } from '@manyhands/proto/settings';
import { CONFIG, type GatewayConfig } from '../config.ts';

/** What the gateway needs from NATS, ready to use. */
export interface Bus {
  readonly broker: Broker;
  readonly outbox: Outbox;
  readonly buckets: Readonly<Record<WatchedBucket, Bucket>>;
  /** Read and written, never watched. */
  readonly idempotency: Bucket;
  /** How much of each limit is used; never watched. */
  readonly limits: Bucket;
  /** Snapshots of jobs; only looked at. */
  readonly jobState: Bucket;
  readonly room: Room;
}

/** The buckets the gateway reads and watches. */
export const WATCHED_BUCKETS = [
  'jobs',
  'workers',
  'coordinators',
  'kinds',
  'stats',
  'identity',
] as const satisfies readonly BucketKey[];
export type WatchedBucket = (typeof WATCHED_BUCKETS)[number];

const retryMinMs = 250;
const retryMaxMs = 2_000;

@Injectable()
export class BrokerLink implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #config: GatewayConfig;
  readonly #log = new Logger('bus');
  readonly #upListeners = new Set<(bus: Bus) => void>();
  readonly #failed = Promise.withResolvers<Error>();
  #bus: Bus | undefined;
  #connected = false;
  #stopped = new AbortController();
  #dialling: Promise<void> = Promise.resolve();

  constructor(@Inject(CONFIG) config: GatewayConfig) {
    this.#config = config;
  }

  onApplicationBootstrap(): void {
    this.#dialling = this.#dial();
  }

  async onApplicationShutdown(): Promise<void> {
    this.#stopped.abort();
    await this.#dialling;
    this.#connected = false;
    await this.#bus?.broker.close();
    this.#bus = undefined;
  }

  get connected(): boolean {
    return this.#connected;
  }

  /** Resolves with the reason when the gateway can never work against this server. */
  get failed(): Promise<Error> {
    return this.#failed.promise;
  }

  /** Throws `unavailable` unless NATS is reachable now. */
  bus(): Bus {
    if (!this.#bus || !this.#connected)
      throw new ManyhandsError('unavailable', 'NATS is not reachable right now; try again in a few seconds.');
    return this.#bus;
  }

  /** Calls once with the bus: at the first connection, or at once when there is one. */
  onUp(up: (bus: Bus) => void): void {
    if (this.#bus) up(this.#bus);
    else this.#upListeners.add(up);
  }

  async #dial(): Promise<void> {
    for (let waitMs = retryMinMs; !this.#stopped.signal.aborted; waitMs = Math.min(waitMs * 2, retryMaxMs)) {
      try {
        await this.#connect();
        return;
      } catch (error) {
        if (isManyhandsError(error) && !error.retryable) {
          this.#failed.resolve(error);
          return;
        }
        this.#log.warn(
          `NATS at ${withoutSecrets(this.#config.natsUrl)} is not usable yet (${error instanceof Error ? error.message : String(error)}); trying again in ${waitMs} ms`,
        );
        await pause(waitMs, this.#stopped.signal);
      }
    }
  }

  async #connect(): Promise<void> {
    const { natsUrl: url, natsAccess: access } = this.#config;
    const broker = await openBroker({ url, access, name: 'gateway', connectTimeoutMs: 2_000 });
    try {
      await provision(broker, {
        replicas: this.#config.replicas,
        retentionHours: this.#config.retentionHours,
        storageGb: this.#config.storageGb,
      });
      const opened = await Promise.all(WATCHED_BUCKETS.map(async (key) => [key, await openBucket(broker, key)] as const));
      this.#bus = {
        broker,
        outbox: createOutbox(broker),
        buckets: Object.fromEntries(opened) as Record<WatchedBucket, Bucket>,
        idempotency: await openBucket(broker, 'idempotency'),
        limits: await openBucket(broker, 'limits'),
        jobState: await openBucket(broker, 'jobState'),
        room: new Room(broker),
      };
    } catch (error) {
      await broker.close().catch(() => undefined);
      throw error;
    }
    this.#follow(this.#bus);
  }

  #follow(bus: Bus): void {
    bus.broker.onConnected((connected) => {
      this.#connected = connected;
    });
    this.#log.log(`connected to NATS ${bus.broker.serverVersion}`);
    sayOutages(bus.broker, (sentence) => this.#log.warn(sentence));
    for (const up of this.#upListeners) up(bus);
    this.#upListeners.clear();
  }
}

/** Resolves after a while, or at once when ordered to stop. */
async function pause(ms: number, stopped: AbortSignal): Promise<void> {
  if (stopped.aborted) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    stopped.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
}
