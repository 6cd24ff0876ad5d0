/** One WebSocket client: what it subscribed to, and its way out. */
import { encode } from '@manyhands/proto';
import { bridgeFrame } from './bridge-frame.ts';
import { Channel, newsOf, type News, type Watcher } from '../fan-out/channel.ts';
import { Outlet, type Sink } from '../fan-out/outlet.ts';

/** A subscription that is on its way. */
export interface Reservation {
  readonly subscription: string;
}

export class BridgeClient implements Watcher {
  readonly #outlet: Outlet;
  /** By what the client calls them. No channel while what there is to send is being read. */
  readonly #subscriptions = new Map<string, Channel | Reservation>();
  #over = false;

  constructor(sink: Sink, stuckMs: number) {
    this.#outlet = new Outlet(sink, stuckMs);
  }

  get subscriptionCount(): number {
    return this.#subscriptions.size;
  }

  has(subscription: string): boolean {
    return this.#subscriptions.has(subscription);
  }

  /** Remembers a subscription whose channel follows, in place of one that is there. */
  reserve(subscription: string): Reservation {
    this.leave(subscription);
    const reservation = { subscription };
    this.#subscriptions.set(subscription, reservation);
    return reservation;
  }

  /** Whether the client has not changed its mind meanwhile. */
  holds(reservation: Reservation): boolean {
    return this.#subscriptions.get(reservation.subscription) === reservation;
  }

  join(subscription: string, channel: Channel): void {
    this.#subscriptions.set(subscription, channel);
    channel.join(this);
  }

  /** Ends a subscription; what waits for it is not sent any more. */
  leave(subscription: string): void {
    const channel = this.#subscriptions.get(subscription);
    this.#subscriptions.delete(subscription);
    if (!(channel instanceof Channel)) return;
    channel.leave(this);
    this.#outlet.forget(channel);
  }

  take(news: News): void {
    if (!this.#over) this.#outlet.take(news);
  }

  error(key: string, detail: string): void {
    this.take(newsOf([{ slot: `error ${key}`, bytes: bridgeFrame({ topic: 'error', key, revision: 0 }, encode({ detail })) }]));
  }

  get isBehind(): boolean {
    return this.#outlet.isBehind;
  }

  get heldBytes(): number {
    return this.#outlet.heldBytes;
  }

  catchUp(nowMs: number): void {
    this.#outlet.catchUp(nowMs);
  }

  /** Ends every subscription. */
  end(): void {
    this.#over = true;
    for (const channel of this.#subscriptions.values()) if (channel instanceof Channel) channel.leave(this);
    this.#subscriptions.clear();
    this.#outlet.clear();
  }
}
