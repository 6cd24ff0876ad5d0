/**
 * Nest's Fastify adapter on our HTTP server, with an orderly end.
 *
 *   serving ──ordered to stop──▶ draining: what is asked is refused with 503, what was asked before is answered ──all answered, or time is up──▶ ended
 */
import type { RequestListener } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyServerOptions } from 'fastify';
import { Door } from './door.ts';
import { createHttpServer, type HttpServer, type HttpServerSettings } from './http-server.ts';

/** Milliseconds that answers owed have once the gateway is ordered to stop, and clients in the middle of a request. */
export const DRAIN_MS = 3_000;
const unaskedMs = 500;
const loopbacks = ['127.0.0.1', '::1'];

export class EdgeAdapter extends FastifyAdapter {
  readonly #http: HttpServer;
  readonly door: Door;
  #twin: Server | undefined;

  constructor(options: FastifyServerOptions, settings: HttpServerSettings) {
    let http: HttpServer | undefined;
    super({
      ...options,
      return503OnClosing: false,
      clientErrorHandler: () => undefined,
      serverFactory: (routes: RequestListener) => (http = createHttpServer(settings, routes)).server,
    });
    this.#http = http!;
    this.door = settings.door;
  }

  get http(): HttpServer {
    return this.#http;
  }

  override beforeClose(): void {
    super.beforeClose();
    this.door.draining = true;
  }

  override async close(): Promise<void> {
    this.#twin?.close();
    const { connections } = this.#http;
    const timers = [setTimeout(() => connections.endIdle(), unaskedMs), setTimeout(() => connections.endAll(), DRAIN_MS)];
    try {
      await super.close();
    } finally {
      timers.forEach(clearTimeout);
      connections.endAll();
    }
  }

  /** `localhost` is two addresses, and a browser may take either: both lead here. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  override listen(...given: any[]): ReturnType<FastifyAdapter['listen']> {
    if ((given[0] as { host?: string })?.host === 'localhost') this.#http.server.once('listening', () => this.#listenOnTwin());
    return (super.listen as (...all: unknown[]) => ReturnType<FastifyAdapter['listen']>).apply(this, given);
  }

  #listenOnTwin(): void {
    const { address, port } = this.#http.server.address() as AddressInfo;
    this.#twin = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#http.server.emit('connection', socket));
    // A machine may have only one of them.
    this.#twin.on('error', () => undefined);
    this.#twin.listen(
      port,
      loopbacks.find((other) => other !== address),
    );
  }
}
