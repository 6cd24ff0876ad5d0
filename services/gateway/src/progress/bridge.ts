/**
 * The WebSocket at `/ws`: takes clients in, hands their commands on, and lets go of those that are gone.
 *
 * Always true: only pages of our own origin (or an allowed one) get in, because a browser sends a WebSocket's cookies along from any
 * page; a client that has not answered a ping by the next one is ended.
 */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { CONFIG, type GatewayConfig } from '../config.ts';
import { tenantOf } from '../identity/tenant.ts';
import { BridgeClient } from './bridge-client.ts';
import { BridgeCommands } from './bridge-commands.ts';
import { isOwnOrigin } from './own-origin.ts';

/** Open WebSockets in one process. */
export const CLIENTS_MAX = 10_000;
/** Bytes of one command. */
export const COMMAND_BYTES_MAX = 4_096;
/** Commands a client may have unanswered; a person clicking never gets near. */
export const COMMANDS_PENDING_MAX = 100;

@Injectable()
export class Bridge implements BeforeApplicationShutdown {
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: COMMAND_BYTES_MAX, perMessageDeflate: false });
  /** Whether each has answered since the last ping. */
  readonly #alive = new Map<WebSocket, boolean>();
  #pinging: NodeJS.Timeout | undefined;

  constructor(
    @Inject(BridgeCommands) private readonly commands: BridgeCommands,
    @Inject(CONFIG) private readonly config: GatewayConfig,
  ) {}

  /** Takes over the upgrades of an HTTP server. */
  attach(server: Server): void {
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => this.#upgrade(request, socket, head));
    this.#pinging = setInterval(() => this.#ping(), this.config.heartbeatMs);
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.#pinging);
    for (const socket of this.#alive.keys()) socket.close(1001, 'the gateway is going away; connect again');
    for (const socket of this.#alive.keys()) if (socket.readyState === socket.CLOSING) setTimeout(() => socket.terminate(), 1_000).unref();
  }

  get count(): number {
    return this.#alive.size;
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const refusal = this.#refusalOf(request);
    if (refusal) {
      const [status, detail] = refusal;
      const body = JSON.stringify({ detail });
      socket.end(`HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`);
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (client) => this.#welcome(client, tenantOf(request)));
  }

  #refusalOf(request: IncomingMessage): [status: string, detail: string] | undefined {
    if (request.url?.split('?')[0] !== '/ws') return ['404 Not Found', 'The WebSocket is at /ws.'];
    if (!isOwnOrigin(request.headers.origin, request.headers.host, this.config.origins)) {
      return ['403 Forbidden', 'Pages of this origin may not connect; add it to MANYHANDS_ORIGINS to allow it.'];
    }
    return this.#alive.size >= CLIENTS_MAX ? ['503 Service Unavailable', 'Too many clients; try again in a moment.'] : undefined;
  }

  #welcome(socket: WebSocket, tenant: string): void {
    const client = new BridgeClient(socket);
    let pending = 0;
    let turn = Promise.resolve();
    this.#alive.set(socket, true);
    socket.on('pong', () => this.#alive.set(socket, true));
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      this.#alive.delete(socket);
      client.end();
    });
    socket.on('message', (data: RawData) => {
      pending += 1;
      if (pending > COMMANDS_PENDING_MAX) return socket.close(1008, 'too many commands at once');
      turn = turn.then(() => this.commands.carryOut(tenant, client, data as Buffer)).finally(() => (pending -= 1));
    });
  }

  #ping(): void {
    for (const [socket, answered] of this.#alive) {
      if (!answered) socket.terminate();
      else {
        this.#alive.set(socket, false);
        socket.ping();
      }
    }
  }
}
