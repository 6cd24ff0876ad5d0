/**
 * One delivery of a message to this client, and the ways to settle it.
 *
 *   open ──ack | nak | term──▶ settled        open ──working──▶ open
 *
 * Invariant: it is settled at most once; later calls do nothing. Settling proves nothing about which other client has the message.
 */
import type { Msg, NatsConnection } from '@nats-io/transport-node';
import { deliveredMessage, type DeliveredMessage } from './delivered-message.ts';

const WORKING = new TextEncoder().encode('+WPI');

export interface Delivery extends DeliveredMessage {
  readonly settled: boolean;
  /** True when the server has delivered it before, as far as it remembers: a reset makes it forget. */
  readonly redelivered: boolean;
  /** The pin of this client under which it was sent; empty where the consumer has none. */
  readonly pinId: string;
  /** Header `traceparent`; undefined where it has none. */
  readonly trace: string | undefined;
  /** Done; with ack policy `all`, so is everything before it. Not confirmed: should it get lost, the message comes again after its ack wait. */
  ack(): void;
  /** Gives it back; it is delivered again after `delayMs` (0: at once). */
  nak(delayMs?: number): void;
  /** It is never delivered again; the reason is for the operator's advisory. */
  term(reason: string): void;
  /** Starts the ack wait again. Resolves true when the server confirmed. */
  working(timeoutMs: number): Promise<boolean>;
}

/** Undefined when the message came from no consumer. */
export function openDelivery(connection: NatsConnection, message: Msg): Delivery | undefined {
  const delivered = deliveredMessage(message);
  return delivered && new ServerDelivery(connection, delivered, message.reply!);
}

class ServerDelivery implements Delivery {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers: DeliveredMessage['headers'];
  readonly sequence: number;
  readonly deliverySequence: number;
  readonly count: number;
  readonly storedAtMs: number;
  readonly pending: number;
  readonly #connection: NatsConnection;
  readonly #reply: string;
  #settled = false;

  constructor(connection: NatsConnection, delivered: DeliveredMessage, reply: string) {
    this.subject = delivered.subject;
    this.data = delivered.data;
    this.headers = delivered.headers;
    this.sequence = delivered.sequence;
    this.deliverySequence = delivered.deliverySequence;
    this.count = delivered.count;
    this.storedAtMs = delivered.storedAtMs;
    this.pending = delivered.pending;
    this.#connection = connection;
    this.#reply = reply;
  }

  get settled(): boolean {
    return this.#settled;
  }

  get redelivered(): boolean {
    return this.count > 1;
  }

  get pinId(): string {
    return this.headers?.get('Nats-Pin-Id') ?? '';
  }

  get trace(): string | undefined {
    return this.headers?.get('traceparent') || undefined;
  }

  ack(): void {
    this.#settle('+ACK');
  }

  nak(delayMs = 0): void {
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
