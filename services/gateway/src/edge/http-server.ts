/**
 * The HTTP server below Fastify: its limits, and what becomes of connections that are no requests.
 *
 * Invariant: whatever a client sends, in whatever pieces, it gets an answer in its turn or its connection is closed; and a connection that
 * states nothing, or never ends what it states, is closed in time.
 */
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { answersOf } from './answer.ts';
import { Connections } from './connections.ts';
import { Door } from './door.ts';
import { refusalAnswer, type Refusal } from './refusal.ts';
import { expectWithin } from './request-time.ts';

/** Bytes of all headers of a request together. */
export const HEADER_BYTES_MAX = 16 * 1024;
/** Milliseconds for the head of a request, and for all of it. */
const HEAD_WITHIN_MS = 10_000;
const REQUEST_WITHIN_MS = 30_000;
/** Longer than the minute that proxies keep an idle connection for, so that it is never us who closes first. */
const idleMs = 72_000;
/** Milliseconds without a byte in either direction while an answer is owed: longer than the longest `?wait=`, and than the pause between heartbeats. */
const STUCK_MS = 90_000;
/** A refused body up to so many bytes is read to its end, and its connection kept. */
const keptBodyBytesMax = 1024 ** 2;

export interface HttpServerSettings {
  readonly door: Door;
  readonly connectionsMax: number;
  readonly refused: (refusal: Refusal) => void;
  readonly headWithinMs?: number;
  readonly requestWithinMs?: number;
  readonly stuckMs?: number;
}

export interface HttpServer {
  readonly server: Server;
  readonly connections: Connections;
}

/** Connections that are to become WebSockets. */
export interface Upgrades {
  /** Why a client is not let in, beside what the door finds. Never rejects. */
  refusalOf(request: IncomingMessage): Promise<Refusal | undefined>;
  welcome(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

export function createHttpServer(settings: HttpServerSettings, routes: RequestListener): HttpServer {
  const { door, refused, headWithinMs = HEAD_WITHIN_MS, requestWithinMs = REQUEST_WITHIN_MS, stuckMs = STUCK_MS } = settings;
  const connections = new Connections(settings.connectionsMax, refused);
  const options = {
    ServerResponse: answersOf(door),
    maxHeaderSize: HEADER_BYTES_MAX,
    headersTimeout: headWithinMs,
    // Counted by us, since an upload takes its own time (`request-time.ts`).
    requestTimeout: 0,
    connectionsCheckingInterval: Math.min(1_000, headWithinMs),
    keepAliveTimeout: idleMs,
    requireHostHeader: false,
    // Node older than 24.9 does not ask, and takes every wish for an upgrade.
    shouldUpgradeCallback: (request: IncomingMessage) =>
      Door.asksForWebSocket(request) && connections.isIdle(request.socket) && door.refusalOf(request) === undefined,
  };
  const refuse = (request: IncomingMessage, response: ServerResponse, refusal: Refusal): void => {
    refused(refusal);
    const { headers, body } = refusalAnswer(refusal, request.url);
    if (isLong(request) || request.headers.expect !== undefined || request.httpVersionMinor === 0)
      headers['connection'] = 'close';
    response.writeHead(refusal.status, headers);
    response.end(body);
  };
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    if (!connections.begin(request, response)) return;
    expectWithin(request, response, requestWithinMs, () => connections.refuse(request.socket, late));
    const refusal = door.refusalOf(request) ?? outOfTurn(request);
    if (refusal !== undefined) return refuse(request, response, refusal);
    // Who waits to be asked for the body is asked only now; behind answers that are owed not at all, for Node 24.21 would write it into its answer.
    if (request.headers.expect !== undefined && response.socket !== null) response.writeContinue();
    routes(request, response);
  };
  const server = createServer(options, answer);
  server.timeout = stuckMs;
  server.on('checkContinue', answer);
  server.prependListener('connection', (socket: Socket) => connections.take(socket));
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    if (connections.begin(request, response)) refuse(request, response, wrongExpectation);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (error.code === 'ECONNRESET' || socket.destroyed) return void socket.destroy();
    // Also comes for whatever is read from one that leaves.
    connections.refuse(socket as Socket, refusalOfError(error));
  });
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    connections.refuse(socket as Socket, {
      reason: 'method',
      status: 405,
      detail: 'This is not a proxy: CONNECT is not supported.',
      headers: { allow: 'GET, HEAD, POST, DELETE, OPTIONS' },
    });
  });
  return { server, connections };
}

/** Takes over the connections that are to become WebSockets. What a client sends while it is looked at waits in its socket. */
export function onWebSocket({ server, connections }: HttpServer, door: Door, upgrades: Upgrades): void {
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const refusal = Door.asksForWebSocket(request) ? door.refusalOf(request) : outOfTurn(request);
    if (refusal !== undefined) return connections.refuse(socket as Socket, refusal);
    request.headers.upgrade = 'websocket';
    connections.upgrade(socket as Socket);
    void upgrades
      .refusalOf(request)
      // Meanwhile the gateway may have been ordered to stop, or others may have come.
      .then((found) => found ?? door.refusalOf(request))
      .then((found) => {
        if (found === undefined) upgrades.welcome(request, socket, head);
        else connections.refuse(socket as Socket, found);
      });
  });
}

/** A WebSocket that is wished for while answers are still owed, or on a Node that cannot pass over another wish. */
function outOfTurn(request: IncomingMessage): Refusal | undefined {
  if (!Door.asksForWebSocket(request)) return undefined;
  return {
    reason: 'upgrade',
    status: 400,
    detail: 'A WebSocket needs its own connection; send the request on a new one.',
    headers: { connection: 'close' },
  };
}

const late: Refusal = {
  reason: 'timeout',
  status: 408,
  detail: 'The request did not arrive completely in time; send it again.',
};

const wrongExpectation: Refusal = {
  reason: 'malformed',
  status: 417,
  detail: 'Only "Expect: 100-continue" is supported.',
};

/** Whether the rest of a request is too long to be read for nothing. */
function isLong(request: IncomingMessage): boolean {
  const bytes = Number(request.headers['content-length'] ?? 0);
  return request.headers['transfer-encoding'] !== undefined || !(bytes <= keptBodyBytesMax);
}

/** What is wrong with bytes that are no request. */
function refusalOfError({ code }: NodeJS.ErrnoException): Refusal {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return late;
  if (code === 'HPE_HEADER_OVERFLOW')
    return {
      reason: 'malformed',
      status: 431,
      detail: `The address and the headers together are larger than ${HEADER_BYTES_MAX / 1024} KiB; send less.`,
    };
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW')
    return { reason: 'malformed', status: 413, detail: 'The extensions of a chunk are too large; send none.' };
  return { reason: 'malformed', status: 400, detail: `This is not HTTP/1.1 (${code ?? 'unreadable'}).` };
}
