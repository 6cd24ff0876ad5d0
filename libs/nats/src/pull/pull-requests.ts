/**
 * Pull requests of one client at one durable consumer, over the raw protocol and one subscription.
 *
 *   sent ──messages──▶ deliveries        sent ──nothing (more), or refused──▶ a status with the number of its request
 *
 * Invariant: each message that arrives is one delivery, also when its request is over. Nothing is kept here: how much to ask for, and when
 * again, is for the one who asks.
 *
 * Rejected: `consume()` of nats.js 3.4. It refills a buffer of its own by thresholds (idle for up to 30 s), so messages wait in it with their ack
 * wait running; and it takes a new pin by itself, so its user cannot know which message came under which.
 */
import { nanos, type Msg, type Subscription } from '@nats-io/transport-node';
import type { Broker } from '../broker.ts';
import { newInbox } from '../inbox.ts';
import { openDelivery, type Delivery } from './delivery.ts';

export interface PullRequest {
  /** Messages, at most. */
  batch: number;
  /** Milliseconds it waits for them; absent: it takes what is there now. */
  expiresMs?: number;
  /** Bytes of messages with their subjects, headers and replies, at most. */
  maxBytes?: number;
  /** Priority group of a pinned consumer, and the pin this client has. */
  group?: string;
  pinId?: string;
}

export interface PullListener {
  delivery(delivery: Delivery): void;
  /** 404: nothing is there; 408: time is over; 409: ended or refused, the description states why; 423: another client has the pin; 503: no server. */
  status(code: number, description: string, request: number): void;
}

export class PullRequests {
  readonly #broker: Broker;
  readonly #subject: string;
  readonly #inbox: string;
  readonly #subscription: Subscription;
  readonly #unlisten: () => void;
  #connected = false;
  #stopped = false;
  #count = 0;

  constructor(broker: Broker, stream: string, consumer: string, listener: PullListener) {
    this.#broker = broker;
    this.#inbox = `${newInbox(broker.connection)}.`;
    this.#subject = `${broker.jetstream.apiPrefix}.CONSUMER.MSG.NEXT.${stream}.${consumer}`;
    this.#unlisten = broker.onConnected((connected) => (this.#connected = connected));
    this.#subscription = broker.connection.subscribe(`${this.#inbox}*`, {
      callback: (error, message) => {
        if (error === null) this.#receive(message, listener);
      },
    });
  }

  /** Whether a request would be sent now. */
  get ready(): boolean {
    const { connection } = this.#broker;
    return this.#connected && !this.#stopped && !connection.isClosed() && !connection.isDraining();
  }

  /** The number of the request; undefined when none was sent, because there is no connection or it was stopped. */
  send({ batch, expiresMs, maxBytes, group, pinId }: PullRequest): number | undefined {
    if (!this.ready) return undefined;
    const number = (this.#count += 1);
    const body = {
      batch,
      ...(expiresMs === undefined ? { no_wait: true } : { expires: nanos(expiresMs) }),
      ...(maxBytes !== undefined && { max_bytes: maxBytes }),
      ...(group !== undefined && { group }),
      ...(pinId !== undefined && { id: pinId }),
    };
    this.#broker.connection.publish(this.#subject, JSON.stringify(body), { reply: this.#inbox + number });
    return number;
  }

  /** Nothing is received any more. */
  stop(): void {
    if (!this.#end() || this.#broker.connection.isClosed()) return;
    this.#subscription.unsubscribe();
  }

  /** Asks for no more; resolves when nothing more can arrive. */
  async drain(): Promise<void> {
    if (this.#end() && !this.#subscription.isClosed()) await this.#subscription.drain().catch(() => undefined);
  }

  #end(): boolean {
    if (this.#stopped) return false;
    this.#stopped = true;
    this.#unlisten();
    return true;
  }

  #receive(message: Msg, listener: PullListener): void {
    const delivery = openDelivery(this.#broker.connection, message);
    if (delivery !== undefined) return listener.delivery(delivery);
    const { code = 503, description = '' } = message.headers ?? {};
    listener.status(code, description, Number(message.subject.slice(this.#inbox.length)));
  }
}
