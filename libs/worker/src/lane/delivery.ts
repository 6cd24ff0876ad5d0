/**
 * One hand-over of a lease by the broker, and the ways to settle it.
 *
 *   open ──ack | nak | term──▶ settled        open ──working──▶ open
 *
 * Invariant: it is settled at most once; later calls do nothing. Settling proves nothing about who else holds the lease: results
 * are fenced by subject sequence.
 */
import { type NatsConnection, parseAckSubject, type AckSubject } from '@manyhands/nats';

const WORKING = new TextEncoder().encode('+WPI');

export interface Delivery {
  readonly subject: string;
  readonly data: Uint8Array;
  /** Position of the lease in stream WORK. */
  readonly sequence: number;
  /** Which hand-over this is, from 1. */
  readonly count: number;
  /** Leases that waited in the lane after this one when it was handed over. */
  readonly pending: number;
  readonly settled: boolean;
  /**
   * Removes the lease from WORK. Not confirmed: should it get lost the lease comes again after its ack wait, and its result is stored
   * already. Waiting for the confirmation cost a round trip for each lease and changed nothing.
   */
  ack(): void;
  /** Gives the lease back; it is handed out again after `delayMs` (0: at once). */
  nak(delayMs: number): void;
  /** Removes the lease from WORK for good, with a reason for the operator's advisory. */
  term(reason: string): void;
  /** Starts the ack wait again. Resolves true when the broker confirmed. */
  working(timeoutMs: number): Promise<boolean>;
}

/** The parts of a NATS message a delivery is made of. */
export interface DeliveredMessage {
  subject: string;
  data: Uint8Array;
  reply?: string;
}

/** Wraps a message handed out by a pull consumer; undefined when it is none. */
export function openDelivery(connection: NatsConnection, message: DeliveredMessage): Delivery | undefined {
  const address = parseAckSubject(message.reply ?? '');
  return address && new BrokerDelivery(connection, message, message.reply!, address);
}

class BrokerDelivery implements Delivery {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly sequence: number;
  readonly count: number;
  readonly pending: number;
  readonly #connection: NatsConnection;
  readonly #reply: string;
  #settled = false;

  constructor(connection: NatsConnection, message: DeliveredMessage, reply: string, { sequence, count, pending }: AckSubject) {
    this.subject = message.subject;
    this.data = message.data;
    this.sequence = sequence;
    this.count = count;
    this.pending = pending;
    this.#connection = connection;
    this.#reply = reply;
  }

  get settled(): boolean {
    return this.#settled;
  }

  ack(): void {
    this.#settle('+ACK');
  }

  nak(delayMs: number): void {
    this.#settle(delayMs > 0 ? `-NAK {"delay":${Math.round(delayMs * 1e6)}}` : '-NAK');
  }

  term(reason: string): void {
    this.#settle(`+TERM ${reason}`);
  }

  async working(timeoutMs: number): Promise<boolean> {
    if (this.#settled) return false;
    try {
      await this.#connection.request(this.#reply, WORKING, { timeout: timeoutMs });
      return true;
    } catch {
      return false;
    }
  }

  #settle(answer: string): void {
    if (this.#settled) return;
    this.#settled = true;
    if (!this.#connection.isClosed()) this.#connection.publish(this.#reply, answer);
  }
}
