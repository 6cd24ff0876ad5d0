/** Builds the gateway as a Nest application on Fastify: REST, SSE, WebSocket, docs and dashboard on one port. */
import 'reflect-metadata';
import { hostname } from 'node:os';
import helmet from '@fastify/helmet';
import fastifyStatic from '@fastify/static';
import { createLogger, openTracer } from '@manyhands/observe';
import { limits } from '@manyhands/proto';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { GatewayConfig } from './config.ts';
import { serveDocs } from './docs/api-document.ts';
import { readBodies } from './edge/body-reading.ts';
import { withLowerCaseIds } from './edge/request-target.ts';
import { compressAnswers } from './edge/compression.ts';
import { Door } from './edge/door.ts';
import { EdgeAdapter } from './edge/edge-adapter.ts';
import { onWebSocket } from './edge/http-server.ts';
import { knownHosts } from './edge/known-hosts.ts';
import { ProblemFilter } from './edge/problem.filter.ts';
import { QueryGuard } from './edge/query-guard.ts';
import { presentTraceFields, traceRequests } from './edge/request-trace.ts';
import { refusalAnswer } from './edge/refusal.ts';
import { RouteTable } from './edge/route-table.ts';
import { SECURITY_HEADERS } from './edge/security-headers.ts';
import { GatewayMetrics } from './expose/gateway-metrics.ts';
import { GatewayModule } from './gateway.module.ts';
import { AccessGuard } from './identity/access.guard.ts';
import { CallerWatch } from './identity/caller-watch.ts';
import { Identification } from './identity/identification.ts';
import { ClientAddress } from './limits/client-address.ts';
import { LimitGuard } from './limits/limit.guard.ts';
import { Limiter } from './limits/limiter.ts';
import { NestLog } from '@manyhands/nats-nest';
import { Bridge } from './progress/websocket/bridge.ts';
import { refusalOfHandshake } from './progress/websocket/handshake.ts';

/** Ready to `listen`; connects to NATS by itself once it does. */
export async function createGateway(config: GatewayConfig): Promise<NestFastifyApplication> {
  const log = createLogger('gateway', { level: config.logLevel });
  const routes = new RouteTable();
  const door = new Door({
    hosts: knownHosts({ listensOn: config.host, origins: config.origins, machine: hostname() }),
    origins: config.origins,
    routes,
  });
  // Watchers of both kinds, and all others.
  const connectionsMax = config.clientsMax * 2 + 1_000;
  const adapter = new EdgeAdapter(
    {
      bodyLimit: limits.bodyBytesMax,
      routerOptions: { maxParamLength: 200 },
      rewriteUrl: ({ url = '/' }) => withLowerCaseIds(url),
      frameworkErrors,
    },
    { door, connectionsMax, refused: ({ reason }) => app.get(GatewayMetrics).refuse(reason) },
  );
  const app = await NestFactory.create<NestFastifyApplication>(GatewayModule.with(config), adapter, {
    bodyParser: false,
    logger: new NestLog(log, presentTraceFields),
    abortOnError: false,
  });
  const server = adapter.getInstance();
  server.addHook('onRoute', ({ method, url }) => routes.add(method, url));
  const tracer = openTracer(config.traces, { service: 'gateway', log });
  if (tracer) {
    traceRequests(server, tracer);
    server.addHook('onClose', () => tracer.close());
  }
  app.get(GatewayMetrics).observe(server, () => adapter.http.connections.count);
  await app.register(helmet, SECURITY_HEADERS);
  await app.register(fastifyStatic, { root: config.webFolder, serve: false, preCompressed: true, logLevel: 'silent' });
  compressAnswers(server);
  readBodies(server, limits.bodyBytesMax);
  app.useGlobalFilters(new ProblemFilter());
  const access = new AccessGuard(app.get(Identification));
  const addresses = new ClientAddress(config.trustedProxies);
  const limitGuard = new LimitGuard({ access, limiter: app.get(Limiter), addresses, hasAccounts: config.auth === 'on' });
  app.useGlobalGuards(limitGuard, new QueryGuard());
  serveDocs(app);
  const bridge = app.get(Bridge);
  door.isFull = () => bridge.isFull;
  const identification = app.get(Identification);
  const callers = app.get(CallerWatch);
  onWebSocket(adapter.http, door, {
    refusalOf: (request) => refusalOfHandshake(request, { identification, callers, limits: limitGuard }),
    welcome: (request, socket, head) => bridge.welcome(request, socket, head),
  });
  return app;
}

/** What the router refuses before any route is known, such as an address that is none. */
function frameworkErrors(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const { headers, body } = refusalAnswer(
    { reason: 'target', status: error.statusCode ?? 400, detail: error.message },
    request.url,
  );
  void reply
    .code(error.statusCode ?? 400)
    .headers(headers)
    .send(body);
}
