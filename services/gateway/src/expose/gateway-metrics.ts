/** What the gateway measures of itself: its requests, how many watch live, and whether NATS stores what it sends. */
import { Inject, Injectable } from '@nestjs/common';
import { createRegistry, METRICS, type MetricRegistry } from '@manyhands/observe';
import type { FastifyInstance } from 'fastify';
import { Storage } from '../bus/storage.ts';
import { Bridge } from '../progress/websocket/bridge.ts';
import type { Watcher } from '../progress/fan-out/channel.ts';
import { traceIdOf } from '../edge/request-trace.ts';
import type { RefusalReason } from '../edge/refusal.ts';
import { EventStreams } from '../progress/sse/event-streams.ts';

@Injectable()
export class GatewayMetrics {
  readonly #registry: MetricRegistry = createRegistry('gateway', { processMetrics: true });
  readonly #requests = this.#registry.histogram(METRICS.httpRequest);
  readonly #refused = this.#registry.counter(METRICS.httpRefused);
  readonly #connections = this.#registry.gauge(METRICS.httpConnections);
  readonly #watchers = this.#registry.gauge(METRICS.watchers);
  readonly #behind = this.#registry.gauge(METRICS.watchersBehind);
  readonly #held = this.#registry.gauge(METRICS.watcherHeld);
  readonly #cut = this.#registry.counter(METRICS.watchersCut);
  readonly #storageWorks = this.#registry.gauge(METRICS.storageWorks);

  readonly #clockDifference = this.#registry.gauge(METRICS.clockDifference);

  #connectionCount = (): number => 0;

  constructor(
    @Inject(Bridge) private readonly bridge: Bridge,
    @Inject(EventStreams) private readonly streams: EventStreams,
    @Inject(Storage) private readonly storage: Storage,
  ) {}

  /** Times every answer of a server. The route is the pattern, never the path, so that ids make no series. */
  observe(server: FastifyInstance, connectionCount: () => number): void {
    this.#connectionCount = connectionCount;
    server.addHook('onResponse', (request, reply, done) => {
      const route = request.routeOptions.url ?? 'none';
      const labels = { method: request.method, route, status: String(reply.statusCode) };
      this.#requests.observe(labels, reply.elapsedTime / 1000, traceIdOf(request));
      done();
    });
  }

  /** Counts a request, or a connection, that no route has seen. */
  refuse(reason: RefusalReason): void {
    this.#refused.inc({ reason });
  }

  /** As OpenMetrics. */
  async render(): Promise<string> {
    const [works, differenceMs] = await Promise.all([this.storage.works(), this.storage.clockDifferenceMs()]);
    this.#storageWorks.set(works ? 1 : 0);
    this.#clockDifference.reset();
    if (differenceMs !== undefined) this.#clockDifference.set({ of: 'gateway' }, differenceMs / 1_000);
    this.#connections.set(this.#connectionCount());
    this.#cut.reset();
    this.#measure('websocket', this.bridge.clients, this.bridge.cutCount);
    this.#measure('sse', [...this.streams.open], this.streams.cutCount);
    return this.#registry.renderOpen();
  }

  /** Connections of clients, and how many of them receive live updates. */
  get counts(): { connections: number; watchers: number } {
    return { connections: this.#connectionCount(), watchers: this.bridge.clients.length + [...this.streams.open].length };
  }

  #measure(transport: string, watchers: readonly Watcher[], cutCount: number): void {
    this.#watchers.set({ transport }, watchers.length);
    this.#behind.set({ transport }, watchers.filter(({ isBehind }) => isBehind).length);
    this.#held.set(
      { transport },
      watchers.reduce((most, { heldBytes }) => Math.max(most, heldBytes), 0),
    );
    this.#cut.inc({ transport }, cutCount);
  }
}
