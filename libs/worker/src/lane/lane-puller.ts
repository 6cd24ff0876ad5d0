/**
 * Pulls leases of one kind and queue, exactly as many as asked for, over the raw pull protocol and one subscription.
 *
 *   idle ──want──▶ asking ──all delivered──▶ idle
 *                  asking ──404 | 408 | 409 | 503 | disconnect | no answer──▶ idle, with the rest of the credit given back
 *
 * Invariant: at most one request is open, so the credit given back plus the deliveries of a request equal what it asked for. A late
 * message of a request that has ended still is a delivery.
 *
 * Rejected: `consume()` of nats.js, which keeps a client-side buffer refilled by thresholds: leases would lie in it with their ack
 * wait running, and no slot free. nats-server 2.15: lane-puller.int.spec.ts.
 */
import { type Msg, type Subscription, createInbox, type Broker, readPullStatus } from '@manyhands/nats';
import { consumers, STREAMS, type WorkQueue } from '@manyhands/proto';
import { type Delivery, openDelivery } from './delivery.ts';

/** Why credit came back: nothing there, no lease in time, or the consumer cannot be reached. */
export type CreditReturn = 'empty' | 'expired' | 'unreachable';

export interface LanePullerEvents {
  delivery(delivery: Delivery): void;
  /** The open request is over with `count` of its credit unused; 0 when all came. */
  over(count: number, reason: CreditReturn | 'filled'): void;
}

export interface LanePuller {
  /** True while a request is open. */
  readonly asking: boolean;
  /**
   * Asks for `count` leases. With `waitMs` 0 the server gives what is there now; else the request stays open until it is filled
   * or the time is over. Returns false and asks nothing when a request is open already, or without a connection.
   */
  want(count: number, waitMs: number): boolean;
  /** Stops asking; what arrives in the meantime is still handed to `delivery`. Resolves when nothing more can arrive. */
  stop(): Promise<void>;
}

/** Milliseconds the server may take over the request's own time before it counts as lost. */
const ANSWER_GRACE_MS = 3_000;

export function openLanePuller(broker: Broker, kind: string, queue: WorkQueue, events: LanePullerEvents): LanePuller {
  return new BrokerLanePuller(broker, kind, queue, events);
}

interface OpenRequest {
  token: string;
  left: number;
  waited: boolean;
  timer: NodeJS.Timeout;
}

class BrokerLanePuller implements LanePuller {
  readonly #broker: Broker;
  readonly #events: LanePullerEvents;
  readonly #pullSubject: string;
  readonly #inbox = createInbox();
  readonly #subscription: Subscription;
  readonly #unhear: () => void;
  #request: OpenRequest | undefined;
  #requestCount = 0;
  #connected = true;
  #stopped = false;

  constructor(broker: Broker, kind: string, queue: WorkQueue, events: LanePullerEvents) {
    this.#broker = broker;
    this.#events = events;
    this.#pullSubject = `$JS.API.CONSUMER.MSG.NEXT.${STREAMS.work.name}.${consumers.queue(kind, queue)}`;
    this.#subscription = broker.connection.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => {
        if (error === null) this.#take(message);
      },
    });
    this.#unhear = broker.onConnected((connected) => {
      this.#connected = connected;
      if (!connected) this.#finish('unreachable');
    });
  }

  get asking(): boolean {
    return this.#request !== undefined;
  }

  want(count: number, waitMs: number): boolean {
    if (this.#request || this.#stopped || !this.#connected || count < 1) return false;
    const token = String((this.#requestCount += 1));
    const timer = setTimeout(() => this.#finish('unreachable'), waitMs + ANSWER_GRACE_MS);
    timer.unref();
    this.#request = { token, left: count, waited: waitMs > 0, timer };
    const body = waitMs > 0 ? { batch: count, expires: waitMs * 1e6 } : { batch: count, no_wait: true };
    this.#broker.connection.publish(this.#pullSubject, JSON.stringify(body), { reply: `${this.#inbox}.${token}` });
    return true;
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#unhear();
    clearTimeout(this.#request?.timer);
    this.#request = undefined;
    if (!this.#subscription.isClosed()) await this.#subscription.drain().catch(() => undefined);
  }

  #take(message: Msg): void {
    const delivery = openDelivery(this.#broker.connection, message);
    if (delivery) {
      this.#events.delivery(delivery);
      this.#count();
      return;
    }
    const request = this.#request;
    if (!request || message.subject !== `${this.#inbox}.${request.token}`) return;
    const status = readPullStatus(message.headers?.code ?? 503, request.waited);
    if (status !== 'alive') this.#finish(status === 'refused' ? 'unreachable' : status);
  }

  #count(): void {
    if (!this.#request) return;
    this.#request.left -= 1;
    if (this.#request.left === 0) this.#finish('filled');
  }

  #finish(reason: CreditReturn | 'filled'): void {
    const request = this.#request;
    if (!request) return;
    clearTimeout(request.timer);
    this.#request = undefined;
    this.#events.over(request.left, reason);
  }
}
