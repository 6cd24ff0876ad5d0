/**
 * Every TCP connection of the gateway, from its first byte to its last.
 *
 *   open ──its last answer is sent, or it is refused──▶ leaving ──the client hangs up, sends too much, or takes too long──▶ gone
 *   open ──becomes a WebSocket──▶ upgraded ──▶ gone            any ──reset, or the gateway has drained──▶ gone
 *
 * Invariant: a socket has a listener for its errors from the first moment to the last, so none ends the process. A refusal is written
 * behind the answers that are still owed, never between or into them. A client that must leave is read from a while longer: closing at once would
 * reset the connection, and a client still sending would see a broken pipe instead of its answer.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { refusalBytes, type Refusal } from './refusal.ts';

/** Bytes that are read from one that leaves, and thrown away. */
export const LEAVING_BYTES_MAX = 64 * 1024 ** 2;
/** Milliseconds that one that leaves may go on sending, and those it may be silent for. */
const LEAVING_MS = 30_000;
export const LEAVING_SILENT_MS = 2_000;
/** Milliseconds that answers still owed may take before a broken connection is ended without them. */
const owedMs = 5_000;
const sweepMs = 500;

interface Connection {
  /** Answers that are begun or waited for, the oldest first. */
  readonly owed: Set<ServerResponse>;
  /** The newest request, whose body may still be coming. */
  newest: IncomingMessage | undefined;
  newestAnswer: ServerResponse | undefined;
  refused: boolean;
  upgraded: boolean;
  leaving: { sinceMs: number; heardMs: number; readonly fromBytes: number; bytes: number } | undefined;
}

export class Connections {
  readonly #open = new Map<Socket, Connection>();
  readonly #max: number;
  readonly #count: (refusal: Refusal) => void;
  #sweeping: NodeJS.Timeout | undefined;

  /** `count` is called for every refusal. */
  constructor(max: number, count: (refusal: Refusal) => void) {
    this.#max = max;
    this.#count = count;
  }

  get count(): number {
    return this.#open.size;
  }

  /** Takes charge of a connection the moment it is accepted. */
  take(socket: Socket): void {
    const connection: Connection = {
      owed: new Set(),
      newest: undefined,
      newestAnswer: undefined,
      refused: false,
      upgraded: false,
      leaving: undefined,
    };
    this.#open.set(socket, connection);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.#open.delete(socket));
    // How Node ends a connection after its last answer.
    socket.destroySoon = () => this.#letGo(socket, connection);
    if (this.#open.size > this.#max)
      this.refuse(socket, {
        reason: 'connections',
        status: 503,
        detail: 'Too many connections are open here; try again in a moment.',
        headers: { 'retry-after': '2' },
      });
  }

  /** Notes a request and the answer it is owed. False when its connection takes no more: then nothing is done with it. */
  begin(request: IncomingMessage, answer: ServerResponse): boolean {
    const connection = this.#open.get(request.socket);
    if (connection === undefined) return true;
    if (connection.leaving !== undefined || connection.refused) {
      request.resume();
      return false;
    }
    connection.newest = request;
    connection.newestAnswer = answer;
    connection.owed.add(answer);
    answer.once('close', () => connection.owed.delete(answer));
    // What is left of a body that is not read would block the connection.
    answer.once('finish', () => request.complete || discard(request));
    return true;
  }

  /** Whether a connection owes no answer, so that it can become a WebSocket. */
  isIdle(socket: Socket): boolean {
    return (this.#open.get(socket)?.owed.size ?? 0) === 0;
  }

  /** Notes that a connection is a WebSocket's from now on. */
  upgrade(socket: Socket): void {
    const connection = this.#open.get(socket);
    if (connection !== undefined) connection.upgraded = true;
  }

  /** Answers a connection that no further request can be read from, once it has had the answers it is owed. */
  refuse(socket: Socket, refusal: Refusal): void {
    const connection = this.#open.get(socket);
    if (connection === undefined || connection.refused || connection.leaving !== undefined) return;
    connection.refused = true;
    this.#count(refusal);
    const { newest, newestAnswer } = connection;
    const isOfNewest = newest !== undefined && !newest.complete && newestAnswer !== undefined;
    if (isOfNewest && (newestAnswer.headersSent || newestAnswer.writableFinished))
      return void afterOwed(connection, socket, () => this.#letGo(socket, connection));
    if (isOfNewest) connection.owed.delete(newestAnswer);
    afterOwed(connection, socket, () => {
      if (isOfNewest) silence(newestAnswer, socket);
      if (socket.writable) socket.write(refusalBytes(refusal));
      this.#letGo(socket, connection);
    });
  }

  /** Ends every connection that owes no answer: one that is silent, or in the middle of a request. WebSockets are closed elsewhere. */
  endIdle(): void {
    for (const [socket, { owed, leaving, upgraded }] of this.#open)
      if (owed.size === 0 && leaving === undefined && !upgraded) socket.destroy();
  }

  /** Ends every connection at once. */
  endAll(): void {
    clearInterval(this.#sweeping);
    for (const socket of this.#open.keys()) socket.destroy();
  }

  #letGo(socket: Socket, connection: Connection): void {
    if (connection.leaving !== undefined || socket.destroyed) return;
    const nowMs = performance.now();
    connection.leaving = { sinceMs: nowMs, fromBytes: socket.bytesRead, bytes: socket.bytesRead, heardMs: nowMs };
    socket.end();
    const end = (): void => {
      if (socket.writableFinished) socket.destroy();
      else socket.once('finish', () => socket.destroy());
    };
    if (socket.readableEnded) end();
    else socket.once('end', end);
    if (connection.newest?.complete === false) discard(connection.newest);
    else socket.resume();
    this.#sweeping ??= setInterval(() => this.#sweep(), sweepMs).unref();
  }

  #sweep(): void {
    const nowMs = performance.now();
    let left = 0;
    for (const [socket, { leaving }] of this.#open) {
      if (leaving === undefined) continue;
      left += 1;
      // Its time begins when it has been sent everything: a slow reader states nothing meanwhile.
      if (!socket.writableFinished) leaving.sinceMs = leaving.heardMs = nowMs;
      if (socket.bytesRead !== leaving.bytes) {
        leaving.bytes = socket.bytesRead;
        leaving.heardMs = nowMs;
      }
      if (
        nowMs - leaving.heardMs > LEAVING_SILENT_MS ||
        nowMs - leaving.sinceMs > LEAVING_MS ||
        leaving.bytes - leaving.fromBytes > LEAVING_BYTES_MAX
      )
        socket.destroy();
    }
    if (left > 0) return;
    clearInterval(this.#sweeping);
    this.#sweeping = undefined;
  }
}

/** An answer that another was given instead of: whatever its route still writes goes nowhere. */
function silence(answer: ServerResponse, socket: Socket): void {
  if (answer.socket === socket) answer.detachSocket(socket);
  socket.once('close', () => answer.emit('close'));
}

/** Reads and throws away. */
function discard(request: IncomingMessage): void {
  request.removeAllListeners('data');
  request.on('error', () => undefined);
  request.resume();
}

/** Calls once the answers owed are sent. A connection that keeps one open for long is ended instead. */
function afterOwed({ owed }: Connection, socket: Socket, then: () => void): void {
  const waiting = [...owed];
  if (waiting.length === 0) return then();
  const late = setTimeout(() => socket.destroy(), owedMs).unref();
  let left = waiting.length;
  const one = (): void => {
    left -= 1;
    if (left > 0 || socket.destroyed) return;
    clearTimeout(late);
    then();
  };
  socket.once('close', () => clearTimeout(late));
  for (const answer of waiting) answer.once('close', one);
}
