/**
 * One WebSocket client: what it subscribed to, and what it still has to be sent.
 *
 *   ready ──buffer over the mark──▶ slow ──buffer written──▶ ready        either ──too much waits──▶ closed (1013)
 *
 * Always true: a ready client is sent each change at once; for a slow one the newest state of each key waits and older states
 * of it are dropped, so what waits is bounded by the number of keys, not by time. Frames of one topic keep their order.
 */
import { encode, type BridgeHead } from '@manyhands/proto';
import type { FeedEntry } from './feed-entry.ts';

/** The part of a WebSocket this needs. */
export interface BridgeSocket {
  readonly bufferedAmount: number;
  send(data: Uint8Array, options: { binary: boolean }, written: (error?: Error) => void): void;
  close(code: number, reason: string): void;
}

/** Bytes in the socket's buffer from which a client counts as slow. */
export const SLOW_FROM_BYTES = 256 * 1024;
/** What may wait for one slow client. Past it the client is closed and starts anew from the newest states. */
export const WAITING_KEYS_MAX = 10_000;
export const WAITING_BYTES_MAX = 64 * 1024 ** 2;
/** `1013`: try again later. */
const tooSlowCode = 1013;

const nothing = new Uint8Array();

interface Waiting {
  head: BridgeHead;
  value: Uint8Array;
}

export class BridgeClient {
  readonly #socket: BridgeSocket;
  readonly #subscriptions = new Map<string, () => void>();
  /** In the order the keys first had something to say. */
  readonly #waiting = new Map<string, Waiting>();
  #waitingBytes = 0;
  #closed = false;

  constructor(socket: BridgeSocket) {
    this.#socket = socket;
  }

  get subscriptionCount(): number {
    return this.#subscriptions.size;
  }

  get waitingCount(): number {
    return this.#waiting.size;
  }

  has(subscription: string): boolean {
    return this.#subscriptions.has(subscription);
  }

  /** Remembers a subscription and how to end it. */
  add(subscription: string, stop: () => void): void {
    this.#subscriptions.set(subscription, stop);
  }

  /** Ends a subscription; what waits for it is not sent any more. */
  remove(subscription: string, topic: BridgeHead['topic'], key?: string): void {
    this.#subscriptions.get(subscription)?.();
    this.#subscriptions.delete(subscription);
    for (const [slot, waiting] of this.#waiting) {
      if (waiting.head.topic === topic && (key === undefined || waiting.head.key === key)) this.#drop(slot);
    }
  }

  /** Sends a state, or puts it in the place of the older one that waits. */
  state(topic: BridgeHead['topic'], entry: FeedEntry): void {
    this.#offer(`${topic} ${entry.key}`, { head: { topic, key: entry.key, revision: entry.revision }, value: entry.value ?? nothing });
  }

  /** Says that all current values of a subscription were sent. */
  ready(key: string): void {
    this.#offer(`ready ${key}`, { head: { topic: 'ready', key, revision: 0 }, value: nothing });
  }

  error(key: string, detail: string): void {
    this.#offer(`error ${key}`, { head: { topic: 'error', key, revision: 0 }, value: encode({ detail }) });
  }

  /** Ends every subscription. */
  end(): void {
    this.#closed = true;
    for (const stop of this.#subscriptions.values()) stop();
    this.#subscriptions.clear();
    this.#waiting.clear();
    this.#waitingBytes = 0;
  }

  #offer(slot: string, waiting: Waiting): void {
    if (this.#closed) return;
    if (this.#waiting.size === 0 && this.#socket.bufferedAmount < SLOW_FROM_BYTES) return this.#send(waiting);
    const older = this.#waiting.get(slot);
    this.#waitingBytes += waiting.value.length - (older?.value.length ?? 0);
    this.#waiting.set(slot, waiting);
    if (this.#waiting.size <= WAITING_KEYS_MAX && this.#waitingBytes <= WAITING_BYTES_MAX) return;
    this.end();
    this.#socket.close(tooSlowCode, 'too slow for what it subscribed to; connect again');
  }

  #send({ head, value }: Waiting): void {
    const frame = Buffer.concat([encode(head), Buffer.from('\n'), value]);
    this.#socket.send(frame, { binary: false }, (error) => {
      if (!error) this.#flush();
    });
  }

  #flush(): void {
    for (const [slot, waiting] of this.#waiting) {
      if (this.#closed || this.#socket.bufferedAmount >= SLOW_FROM_BYTES) return;
      this.#drop(slot);
      this.#send(waiting);
    }
  }

  #drop(slot: string): void {
    this.#waitingBytes -= this.#waiting.get(slot)?.value.length ?? 0;
    this.#waiting.delete(slot);
  }
}
