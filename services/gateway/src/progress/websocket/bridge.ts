/**
 * The WebSocket at `/ws`: accepts clients, passes their commands on, and forgets those that are gone.
 *
 * Invariant: a client that has not answered a ping by the next one is ended; so is every client as soon as what it is sent may be the past.
 * Who gets in at all is decided before: only pages of our own origin or an allowed one (`edge/door.ts`), because a browser connects from any page, and only for a caller who is
 * known (`handshake.ts`). A client whose caller has expired or was revoked is ended, and is sent nothing more.
 *
 * A client that has sent no command for `SILENCE_MS` was written for another task queue, whose WebSocket is at the same address (`compat/lane-events.ts`); the first
 * command makes it one of ours again.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { Inject, Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { CONFIG, type GatewayConfig } from '../../config.ts';
import { callerOf, type Caller } from '../../identity/caller.ts';
import { CallerWatch } from '../../identity/caller-watch.ts';
import { BridgeClient } from './bridge-client.ts';
import { BridgeCommands } from './bridge-commands.ts';
import { Feeds } from '../../mirror/feeds.ts';
import { LaneEvents } from '../../compat/lane-events.ts';
import { packedBatch } from './packed-frame.ts';
import type { Sink } from '../fan-out/outlet.ts';

/** Bytes of one command. */
export const COMMAND_BYTES_MAX = 4_096;
/** Commands a client may have unanswered: who has all subscriptions there may be can leave them all and take them again, twice over. */
export const COMMANDS_PENDING_MAX = 1_000;
/** Milliseconds after which a client that has sent no command is one of the queue with three lanes: as often as that queue sends. */
const SILENCE_MS = 2_000;
/** `1013`: try again later. */
const tryAgainCode = 1013;
/** In the range that applications may use, after HTTP's 401. */
export const SIGNED_OUT_CODE = 4401;
const signedOut = 'what you connected with is not good any more; sign in again and connect again';
const maybeOld = 'the gateway cannot know what is stored now; connect again';
/** Milliseconds a client has to take leave. */
const goodbyeMs = 1_000;

@Injectable()
export class Bridge implements BeforeApplicationShutdown, OnModuleInit {
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: COMMAND_BYTES_MAX,
    // What we send is compressed by us, once for all clients (`packed-frame.ts`); `ws` reads what clients have compressed.
    perMessageDeflate: {
      serverNoContextTakeover: true,
      clientNoContextTakeover: true,
      zlibInflateOptions: { chunkSize: 1_024 },
    },
    autoPong: false,
  });
  readonly #clients = new Map<WebSocket, { client: BridgeClient; answered: boolean; pingAtMs: number }>();
  #cutCount = 0;
  #pinging: NodeJS.Timeout | undefined;

  constructor(
    @Inject(BridgeCommands) private readonly commands: BridgeCommands,
    @Inject(LaneEvents) private readonly lanes: LaneEvents,
    @Inject(Feeds) private readonly feeds: Feeds,
    @Inject(CallerWatch) private readonly callers: CallerWatch,
    @Inject(CONFIG) private readonly config: GatewayConfig,
  ) {}

  onModuleInit(): void {
    this.#pinging = setInterval(() => this.#ping(), this.config.heartbeatMs / 10);
    this.feeds.onLost((bucket) => {
      if (bucket !== 'coordinators')
        for (const [socket, { client }] of this.#clients) this.#letGo(socket, client, tryAgainCode, maybeOld);
    });
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.#pinging);
    for (const socket of this.#clients.keys()) socket.close(1001, 'the gateway is stopping; connect again');
    for (const socket of this.#clients.keys())
      if (socket.readyState === socket.CLOSING) setTimeout(() => socket.terminate(), goodbyeMs).unref();
  }

  get clients(): BridgeClient[] {
    return [...this.#clients.values()].map(({ client }) => client);
  }

  /** Clients ended so far because they took nothing for too long. */
  get cutCount(): number {
    return this.#cutCount;
  }

  /** Whether there are as many clients as there may be. */
  get isFull(): boolean {
    return this.#clients.size >= this.config.clientsMax;
  }

  /** Makes a connection that was let in (`edge/door.ts`) a WebSocket. */
  welcome(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#server.handleUpgrade(request, socket, head, (client) =>
      this.#welcome(client, socket, callerOf(request), takesPacked(client, request)),
    );
  }

  #welcome(socket: WebSocket, connection: Duplex, caller: Caller, isPacked: boolean): void {
    const client = new BridgeClient(
      sinkOf(socket, connection, isPacked, () => (this.#cutCount += 1)),
      this.config.stuckMs,
    );
    const { heartbeatMs } = this.config;
    let pending = 0;
    let turn = Promise.resolve();
    // Half a period to a whole one: those who came at once are not pinged at once.
    const seat = { client, answered: true, pingAtMs: performance.now() + heartbeatMs * (0.5 + Math.random() / 2) };
    this.#clients.set(socket, seat);
    const unfollow = this.callers.follow(caller, () => this.#letGo(socket, client, SIGNED_OUT_CODE, signedOut));
    const silence = setTimeout(() => this.callers.isGood(caller) && this.lanes.join(caller, client), SILENCE_MS).unref();
    socket.on('pong', () => (seat.answered = true));
    // Answers to a client that does not read would pile up.
    socket.on('ping', (data: Buffer) => client.isBehind || socket.pong(data));
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      clearTimeout(silence);
      this.#clients.delete(socket);
      unfollow();
      client.end();
    });
    socket.on('message', (data: RawData) => {
      clearTimeout(silence);
      this.lanes.leave(client);
      pending += 1;
      if (pending > COMMANDS_PENDING_MAX) return socket.close(1008, 'too many commands at once');
      if (!this.callers.isGood(caller)) return this.#letGo(socket, client, SIGNED_OUT_CODE, signedOut);
      const begun = this.commands.begin(caller, client, data as Buffer);
      turn = turn.then(async () => {
        const isKnown = (await begun)();
        pending -= 1;
        if (!isKnown) this.#letGo(socket, client, tryAgainCode, maybeOld);
      });
    });
  }

  /** A client that comes back gets the present, here or on another gateway. */
  #letGo(socket: WebSocket, client: BridgeClient, code: number, why: string): void {
    if (socket.readyState !== socket.OPEN) return;
    client.error('', why);
    client.end();
    socket.close(code, why);
    setTimeout(() => socket.terminate(), goodbyeMs).unref();
  }

  #ping(): void {
    const nowMs = performance.now();
    for (const [socket, seat] of this.#clients) {
      if (nowMs < seat.pingAtMs) continue;
      if (!seat.answered) socket.terminate();
      else {
        seat.answered = false;
        seat.pingAtMs = nowMs + this.config.heartbeatMs;
        socket.ping();
      }
    }
  }
}

/** One that holds a smaller window than frames are compressed with could not read them. */
function takesPacked(client: WebSocket, { headers }: IncomingMessage): boolean {
  return (
    client.extensions.includes('permessage-deflate') && !headers['sec-websocket-extensions']?.includes('server_max_window_bits')
  );
}

/** Frames that are ready are written to the connection itself, between those `ws` writes: it queues none, for it writes nothing that could be compressed. */
function sinkOf(socket: WebSocket, connection: Duplex, isPacked: boolean, cut: () => void): Sink {
  return {
    get writableLength() {
      return connection.destroyed ? 0 : connection.writableLength;
    },
    write: (bytes) => void (socket.readyState === socket.OPEN && connection.write(bytes)),
    ...(isPacked && { packed: packedBatch }),
    cut() {
      cut();
      socket.close(tryAgainCode, 'too slow for what it subscribed to; connect again');
      setTimeout(() => socket.terminate(), goodbyeMs).unref();
    },
  };
}
