/**
 * Pulls leases of one kind and queue, exactly as many as asked for.
 *
 *   idle ──want──▶ asking ──all delivered──▶ idle
 *                  asking ──404 | 408 | 409 | 503 | disconnect | no answer──▶ idle, with the rest of the credit given back
 *
 * Invariant: at most one request is open, so the credit given back plus the deliveries of a request equal what it asked for. A late
 * message of a request that has ended still is a delivery.
 *
 * nats-server 2.15: lane-puller.int.spec.ts.
 */
import { PullRequests, readPullStatus, type Broker, type Delivery } from '@manyhands/nats';
import { consumers, STREAMS, type WorkQueue } from '@manyhands/proto';

/** Why credit came back: nothing there, no lease in time, or the consumer cannot be reached. */
type CreditReturn = 'empty' | 'expired' | 'unreachable';

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
  number: number;
  left: number;
  waited: boolean;
  timer: NodeJS.Timeout;
}

class BrokerLanePuller implements LanePuller {
  readonly #events: LanePullerEvents;
  readonly #pulls: PullRequests;
  readonly #unlisten: () => void;
  #request: OpenRequest | undefined;

  constructor(broker: Broker, kind: string, queue: WorkQueue, events: LanePullerEvents) {
    this.#events = events;
    this.#pulls = new PullRequests(broker, STREAMS.work.name, consumers.queue(kind, queue), {
      delivery: (delivery) => {
        events.delivery(delivery);
        this.#count();
      },
      status: (code, _description, number) => this.#answered(code, number),
    });
    this.#unlisten = broker.onConnected((connected) => {
      if (!connected) this.#finish('unreachable');
    });
  }

  get asking(): boolean {
    return this.#request !== undefined;
  }

  want(count: number, waitMs: number): boolean {
    if (this.#request || count < 1) return false;
    const number = this.#pulls.send({ batch: count, ...(waitMs > 0 && { expiresMs: waitMs }) });
    if (number === undefined) return false;
    const timer = setTimeout(() => this.#finish('unreachable'), waitMs + ANSWER_GRACE_MS);
    timer.unref();
    this.#request = { number, left: count, waited: waitMs > 0, timer };
    return true;
  }

  async stop(): Promise<void> {
    this.#unlisten();
    clearTimeout(this.#request?.timer);
    this.#request = undefined;
    await this.#pulls.drain();
  }

  #answered(code: number, number: number): void {
    if (this.#request?.number !== number) return;
    const status = readPullStatus(code, this.#request.waited);
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
