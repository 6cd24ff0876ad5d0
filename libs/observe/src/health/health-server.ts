/**
 * Answers an orchestrator and Prometheus for a service that serves nothing else over HTTP.
 *
 *   GET /healthz   200 as long as the event loop turns: a process that does not answer is worth a restart
 *   GET /readyz    200 while it does its work, else 503 with a sentence: no reason to restart it
 *   GET /metrics   Prometheus text
 *
 * Invariant: whatever is sent, the process goes on, and holds few connections for a short time.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listenRefusal } from '@manyhands/proto/settings';
import { OPEN_METRICS, PLAIN_METRICS, takesOpenMetrics } from '../metric-text.ts';
import type { MetricRegistry } from '../registry.ts';

export interface HealthOptions {
  host: string;
  port: number;
  /** Why it does not do its work now, as a sentence; undefined: it does. */
  problem(): string | undefined;
  metrics: Pick<MetricRegistry, 'render' | 'renderOpen'>;
}

export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

const CONNECTIONS_MAX = 32;
const WITHIN_MS = 5_000;

/** Throws `WrongSettings` when the address cannot be listened on. */
export async function serveHealth({ host, port, problem, metrics }: HealthOptions): Promise<HealthServer> {
  const server = createServer({ requestTimeout: WITHIN_MS, headersTimeout: WITHIN_MS, keepAliveTimeout: WITHIN_MS });
  server.maxConnections = CONNECTIONS_MAX;
  server.on('request', (request, response) => void answer(request, response));
  server.on('clientError', (_error, socket) => socket.destroy());
  const listening = Promise.withResolvers<void>();
  server.once('error', (error) => listening.reject(listenRefusal(error, { host, port, portName: 'HEALTH_PORT' }) ?? error));
  server.listen({ host, port }, listening.resolve);
  await listening.promise;
  server.on('error', () => undefined);
  server.unref();

  async function answer({ method = '', url = '', headers }: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = url.split('?', 1)[0];
    const send = (status: number, text: string, contentType = 'text/plain; charset=utf-8'): void => {
      response.writeHead(status, { 'content-type': contentType, 'cache-control': 'no-store' });
      response.end(method === 'HEAD' ? undefined : text);
    };
    if (path !== '/healthz' && path !== '/readyz' && path !== '/metrics')
      return send(404, 'There are /healthz, /readyz and /metrics.\n');
    if (method !== 'GET' && method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      return send(405, 'Only GET and HEAD.\n');
    }
    if (path === '/healthz') return send(200, 'alive\n');
    if (path === '/readyz') {
      const why = problem();
      return why === undefined ? send(200, 'ready\n') : send(503, `${why}\n`);
    }
    try {
      const isOpen = takesOpenMetrics(headers.accept);
      const text = isOpen ? await metrics.renderOpen() : await metrics.render();
      send(200, text, isOpen ? OPEN_METRICS : PLAIN_METRICS);
    } catch (error) {
      send(500, `The metrics cannot be rendered: ${error instanceof Error ? error.message : String(error)}\n`);
    }
  }

  return {
    port: (server.address() as { port: number }).port,
    close: async () => {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      server.closeAllConnections();
      await closed.promise;
    },
  };
}
