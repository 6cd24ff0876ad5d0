/** What the gateway measures of itself: its requests, and how many watch live. */
import { Inject, Injectable } from '@nestjs/common';
import { createRegistry, METRICS, type MetricRegistry } from '@manyhands/observe';
import type { FastifyInstance } from 'fastify';
import { Bridge } from '../progress/bridge.ts';
import { EventStreams } from '../progress/event-streams.ts';

@Injectable()
export class GatewayMetrics {
  readonly #registry: MetricRegistry = createRegistry('gateway', { processMetrics: true });
  readonly #requests = this.#registry.histogram(METRICS.httpRequest);
  readonly #watchers = this.#registry.gauge(METRICS.watchers);

  constructor(
    @Inject(Bridge) private readonly bridge: Bridge,
    @Inject(EventStreams) private readonly streams: EventStreams,
  ) {}

  /** Times every answer of a server. The route is the pattern, never the path, so that ids make no series. */
  observe(server: FastifyInstance): void {
    server.addHook('onResponse', (request, reply, done) => {
      const route = request.routeOptions.url ?? 'none';
      this.#requests.observe({ method: request.method, route, status: String(reply.statusCode) }, reply.elapsedTime / 1000);
      done();
    });
  }

  render(): Promise<string> {
    this.#watchers.set({ transport: 'websocket' }, this.bridge.count);
    this.#watchers.set({ transport: 'sse' }, this.streams.count);
    return this.#registry.render();
  }

  get contentType(): string {
    return this.#registry.contentType;
  }
}
