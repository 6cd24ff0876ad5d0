/**
 * The tab's one WebSocket to the gateway, and who listens to which topic on it.
 *
 *   connecting ──open──▶ open ──closed──▶ waiting ──countdown over, or retried──▶ connecting
 *        └───────────refused───────────────▲
 *
 * Always true: a topic is subscribed on the wire while it has a listener, on every connection anew. Frames of one topic and key that
 * arrive within one animation frame are conflated: listeners get the newest, unparsed.
 */
import type { BridgeCommand } from '@manyhands/proto';
import { backoffMs } from './backoff.ts';
import { jobIdOf, readFrame, type BridgeFrame } from './bridge-frame.ts';

export type Connection = 'connecting' | 'open' | 'waiting';

export interface BridgeListener {
  /** A connection was made; the current values follow. */
  restart?(): void;
  /** The newest frame of each key that changed. */
  frames(frames: BridgeFrame[]): void;
  /** All current values were sent. */
  replayed?(): void;
}

interface Subscription {
  subscribe: BridgeCommand;
  listeners: Set<BridgeListener>;
  fresh: Map<string, BridgeFrame>;
  replayed: boolean;
}

/** Frames wait this long at most when the tab is hidden and gets no animation frames. */
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

  readonly #subscriptions = new Map<string, Subscription>();
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
    if (this.connection !== 'waiting') return;
    this.#connect();
  }

  /** Listens to a topic until the returned function is called. */
  listen(topic: Exclude<BridgeCommand['topic'], 'job'> | { job: string }, listener: BridgeListener): () => void {
    const name = typeof topic === 'string' ? topic : topic.job;
    let subscription = this.#subscriptions.get(name);
    if (subscription) {
      // One subscription, several listeners: the newcomer needs the replay as well, so it is asked for anew.
      this.#send({ ...subscription.subscribe, do: 'unsubscribe' });
      this.#resubscribe(subscription);
    } else {
      const subscribe: BridgeCommand =
        typeof topic === 'string' ? { do: 'subscribe', topic } : { do: 'subscribe', topic: 'job', id: topic.job };
      subscription = { subscribe, listeners: new Set(), fresh: new Map(), replayed: false };
      this.#subscriptions.set(name, subscription);
      this.#send(subscribe);
    }
    const known = subscription;
    known.listeners.add(listener);
    return () => {
      known.listeners.delete(listener);
      if (known.listeners.size > 0 || this.#subscriptions.get(name) !== known) return;
      this.#subscriptions.delete(name);
      this.#send({ ...known.subscribe, do: 'unsubscribe' });
    };
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
    for (const subscription of this.#subscriptions.values()) this.#resubscribe(subscription);
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

  #resubscribe(subscription: Subscription): void {
    subscription.fresh.clear();
    subscription.replayed = false;
    for (const listener of subscription.listeners) listener.restart?.();
    this.#send(subscription.subscribe);
  }

  #send(command: BridgeCommand): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(command));
  }

  #received(data: string | ArrayBuffer): void {
    const frame = readFrame(typeof data === 'string' ? data : new TextDecoder().decode(data));
    if (!frame) return;
    const { topic, key } = frame.head;
    if (topic === 'error') return console.warn('The gateway refused a command:', frame.value);
    const ready = topic === 'ready';
    const subscription = this.#subscriptions.get(topic === 'job' || ready ? jobIdOf(key.replace(/^job[.:]/, '')) : topic);
    if (!subscription) return;
    if (ready) subscription.replayed = true;
    else if ((subscription.fresh.get(key)?.head.revision ?? -1) <= frame.head.revision) subscription.fresh.set(key, frame);
    this.#flushSoon();
  }

  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    const flush = () => this.#flush();
    if (document.hidden) setTimeout(flush, hiddenFlushMs);
    else requestAnimationFrame(flush);
  }

  #flush(): void {
    this.#flushing = false;
    for (const subscription of this.#subscriptions.values()) {
      const frames = [...subscription.fresh.values()];
      const { replayed } = subscription;
      subscription.fresh.clear();
      subscription.replayed = false;
      for (const listener of subscription.listeners) {
        if (frames.length > 0) listener.frames(frames);
        if (replayed) listener.replayed?.();
      }
    }
  }
}

export const bridge = new Bridge();
