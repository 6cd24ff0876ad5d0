/**
 * Publishes into streams and hands back what the server answers, over one subscription for the whole connection.
 *
 *   asked ──stored | refused | no server | too late──▶ settled
 *
 * Invariant: each publish settles once, within `ANSWER_WITHIN_MS`; when it fails without an answer, the message may be stored.
 *
 * Rejected: `publish` of nats.js 3.4. Each request of it ends with an error object that nothing reads (its stack was 12 % of the time of a busy
 * publisher), and has a timer of its own.
 */
import { JetStreamApiError, type ApiError, type PubAck } from '@nats-io/jetstream';
import { errors, type Msg, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node';
import { newInbox } from '../inbox.ts';

const ANSWER_WITHIN_MS = 5_000;
const SWEEP_EVERY_MS = 500;
const noResponders = 503;
const decoder = new TextDecoder();

interface Asked {
  subject: string;
  deadlineMs: number;
  resolve: (ack: PubAck) => void;
  reject: (error: Error) => void;
}

interface Leaving {
  /** Its key among those asked. */
  word: string;
  subject: string;
  data: Uint8Array;
  headers: MsgHdrs | undefined;
}

export class StoredAnswers {
  readonly #connection: NatsConnection;
  readonly #inbox: string;
  /** By the last word of the reply subject; in the order asked, so of their deadlines. */
  readonly #asked = new Map<string, Asked>();
  /** They leave when this turn of the event loop is over, in one write to the socket: a write costs this process and the server more than a message. */
  #leaving: Leaving[] = [];
  #count = 0;
  #listening = false;
  #sweeping: NodeJS.Timeout | undefined;

  constructor(connection: NatsConnection) {
    this.#connection = connection;
    this.#inbox = `${newInbox(connection)}.`;
  }

  publish(subject: string, data: Uint8Array, headers?: MsgHdrs): Promise<PubAck> {
    return new Promise((resolve, reject) => {
      this.#listen();
      const word = (this.#count += 1).toString(36);
      this.#asked.set(word, { subject, deadlineMs: performance.now() + ANSWER_WITHIN_MS, resolve, reject });
      this.#sweeping ??= setInterval(() => this.#sweep(), SWEEP_EVERY_MS).unref();
      if (this.#leaving.length === 0) setImmediate(() => this.#send());
      this.#leaving.push({ word, subject, data, headers });
    });
  }

  #send(): void {
    const leaving = this.#leaving;
    this.#leaving = [];
    for (const { word, subject, data, headers } of leaving) {
      try {
        this.#connection.publish(subject, data, {
          reply: this.#inbox + word,
          ...(headers !== undefined && headers.keys().length > 0 && { headers }),
        });
      } catch (error) {
        this.#asked.get(word)?.reject(error as Error);
        this.#asked.delete(word);
      }
    }
  }

  /** Subscriptions outlive a lost connection: nats.js makes them again. */
  #listen(): void {
    if (this.#listening) return;
    this.#listening = true;
    this.#connection.subscribe(`${this.#inbox}*`, {
      callback: (error, message) => {
        if (error === null) this.#answered(message);
      },
    });
  }

  #answered(message: Msg): void {
    const word = message.subject.slice(this.#inbox.length);
    const asked = this.#asked.get(word);
    if (asked === undefined) return;
    this.#asked.delete(word);
    if (message.data.length === 0 && message.headers?.code === noResponders)
      return asked.reject(new errors.NoRespondersError(asked.subject));
    try {
      const { error, ...ack } = JSON.parse(decoder.decode(message.data)) as Partial<PubAck> & { error?: ApiError };
      if (error === undefined) asked.resolve({ ...(ack as PubAck), duplicate: ack.duplicate === true });
      else asked.reject(new JetStreamApiError(error));
    } catch (error) {
      asked.reject(error as Error);
    }
  }

  #sweep(): void {
    const nowMs = performance.now();
    for (const [word, { deadlineMs, reject }] of this.#asked) {
      if (deadlineMs > nowMs) return;
      this.#asked.delete(word);
      reject(new errors.TimeoutError());
    }
    clearInterval(this.#sweeping);
    this.#sweeping = undefined;
  }
}
