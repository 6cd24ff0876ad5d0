/**
 * The tab's one WebSocket to the gateway.
 *
 *   connecting ──open──▶ open ──closed──▶ waiting ──countdown over, or retried──▶ connecting
 *        └───────────refused───────────────▲
 *
 * Always true: every topic with a listener is subscribed on every connection anew. Listeners hear at most once an animation
 * frame, however fast frames come.
 */
import type { BridgeCommand } from '@manyhands/proto';
import { backoffMs } from './backoff.ts';
import { readFrame } from './bridge-frame.ts';
import { BridgeTopics, type BridgeListener, type BridgeTopic } from './bridge-topics.ts';

export type Connection = 'connecting' | 'open' | 'waiting';

/** Frames wait this long when the tab is hidden and gets no animation frames. */
const hiddenFlushMs = 250;
/** A connection that stayed this long counts as good: the countdown starts small again. */
const settledMs = 5_000;

export class Bridge {
  connection = $state<Connection>('connecting');
  /** When the next try starts (epoch ms); null unless waiting. */
  retryAt = $state<number | null>(null);
  /** Tries since the last good connection. */
  attempts = $state(0);
  /** Whether there ever was a connection: a first try is no interruption. */
  everOpen = $state(false);

  readonly #topics = new BridgeTopics();
  #socket: WebSocket | null = null;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #settled: ReturnType<typeof setTimeout> | undefined;
  #flushing = false;

  start(): void {
    if (this.#socket || this.#retry !== undefined) return;
    this.#connect();
  }

  stop(): void {
    clearTimeout(this.#retry);
    clearTimeout(this.#settled);
    this.#retry = undefined;
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  retryNow(): void {
    if (this.connection === 'waiting') this.#connect();
  }

  /** Listens to a topic until the returned function is called. */
  listen(topic: BridgeTopic, listener: BridgeListener): () => void {
    this.#send(this.#topics.add(topic, listener));
    return () => this.#send(this.#topics.remove(topic, listener));
  }

  #connect(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.retryAt = null;
    this.connection = 'connecting';
    this.attempts += 1;
    const socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`);
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    socket.onopen = () => this.#opened(socket);
    socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => {
      if (this.#socket === socket) this.#received(event.data);
    };
    socket.onclose = () => this.#closed(socket);
  }

  #opened(socket: WebSocket): void {
    if (this.#socket !== socket) return;
    this.connection = 'open';
    this.everOpen = true;
    this.#settled = setTimeout(() => (this.attempts = 0), settledMs);
    this.#send(this.#topics.restart());
  }

  #closed(socket: WebSocket): void {
    if (this.#socket !== socket) return;
    this.#socket = null;
    clearTimeout(this.#settled);
    const waitMs = backoffMs(this.attempts, Math.random());
    this.connection = 'waiting';
    this.retryAt = Date.now() + waitMs;
    this.#retry = setTimeout(() => this.#connect(), waitMs);
  }

  #send(commands: BridgeCommand[]): void {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    for (const command of commands) this.#socket.send(JSON.stringify(command));
  }

  #received(data: string | ArrayBuffer): void {
    const frame = readFrame(typeof data === 'string' ? data : new TextDecoder().decode(data));
    if (frame?.head.topic === 'error') return console.debug('The gateway refused a command:', frame.value);
    if (frame && this.#topics.take(frame)) this.#flushSoon();
  }

  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    const flush = () => {
      this.#flushing = false;
      this.#topics.flush();
    };
    if (document.hidden) setTimeout(flush, hiddenFlushMs);
    else requestAnimationFrame(flush);
  }
}

export const bridge = new Bridge();
