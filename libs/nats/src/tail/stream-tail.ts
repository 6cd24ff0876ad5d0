/**
 * Reads a stream from some point to its end and then follows it.
 *
 *   reading ──gap, silence, connection lost──▶ away ──connected──▶ reading (from the message after the last one seen)
 *
 * Invariant: messages arrive in order, none twice and none left out (of those still stored). `current` is called whenever the reader has caught up:
 * once after the start and once after each interruption.
 *
 * Not the ordered push consumer of nats.js 3.4: it waits for two missed heartbeats after a restart of the server, and sets them to 30 s
 * when it starts over. Each reading is a consumer in the server's memory that disappears with its reader.
 */
import type { ConsumerInfo } from '@nats-io/jetstream';
import { nuid, type Msg, type Subscription } from '@nats-io/transport-node';
import type { Broker } from '../broker.ts';
import { newInbox } from '../inbox.ts';
import { deliveredMessage, type DeliveredMessage } from '../pull/delivered-message.ts';
import { within } from '../within.ts';
import { HEARTBEAT_MS, tailConfig, type TailRange } from './tail-config.ts';

export interface TailListener {
  message(message: DeliveredMessage): void;
  /** Everything stored so far was read. `again`: after an interruption, not for the first time. */
  current?(again: boolean): void;
  /** What is reported from here on may leave out what was removed meanwhile; `current` follows. */
  interrupted?(): void;
  /** Reading did not go on after an interruption; it is tried again. */
  failed?(error: Error): void;
}

export interface Tail {
  /** Reads on with another consumer; `fromStart`: the stream is another one, and is read again. */
  startOver(fromStart?: boolean): void;
  stop(): Promise<void>;
}

const silenceMs = 3 * HEARTBEAT_MS;
const retryMs = 500;
/** A consumer that is not made in this time was to be on a server that does not answer: the next one may be put elsewhere. */
const begunWithinMs = 2_500;

/** Resolves when the first reading has begun; throws `unavailable` when the server does not let it begin. */
export async function openTail(broker: Broker, range: TailRange, listener: TailListener): Promise<Tail> {
  const tail = new StreamTail(broker, range, listener);
  await tail.start();
  return tail;
}

/** One consumer's worth of reading. */
interface Reading {
  readonly name: string;
  readonly subscription: Subscription;
  deliverySequence: number;
  /** Delivery that completes the catching up; undefined until the consumer is created, and again when caught up. */
  caughtUpAt: number | undefined;
  silence: NodeJS.Timeout | undefined;
}

class StreamTail implements Tail {
  readonly #broker: Broker;
  readonly #range: TailRange;
  readonly #listener: TailListener;
  /** Undefined while away. */
  #reading: Reading | undefined;
  #lastSeen: number;
  #readings = 0;
  #caughtUpOnce = false;
  #stopped = false;
  #retry: NodeJS.Timeout | undefined;
  #unlisten: () => void = () => undefined;

  constructor(broker: Broker, range: TailRange, listener: TailListener) {
    this.#broker = broker;
    this.#range = range;
    this.#listener = listener;
    this.#lastSeen = (range.fromSequence ?? 1) - 1;
  }

  async start(): Promise<void> {
    await this.#begin();
    let away = false;
    this.#unlisten = this.#broker.onConnected((connected) => {
      if (connected && away && this.#reading !== undefined) this.#startOver(this.#reading);
      away = !connected;
    });
    void this.#broker.connection.closed().then(() => this.stop());
  }

  startOver(fromStart = false): void {
    if (fromStart) this.#lastSeen = 0;
    if (this.#reading !== undefined) this.#startOver(this.#reading);
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#unlisten();
    clearTimeout(this.#retry);
    if (this.#reading !== undefined) await this.#abandon(this.#reading);
  }

  async #begin(): Promise<void> {
    const inbox = newInbox(this.#broker.connection);
    const reading: Reading = {
      name: `tail-${nuid.next()}`,
      subscription: this.#broker.connection.subscribe(inbox, {
        callback: (error, message) => {
          if (error === null && this.#reading === reading) this.#receive(reading, message);
        },
      }),
      deliverySequence: 0,
      caughtUpAt: undefined,
      silence: undefined,
    };
    this.#reading = reading;
    this.#readings += 1;
    clearTimeout(this.#retry);
    try {
      const made = this.#broker.insist(`reading ${this.#range.stream}`, () => this.#createConsumer(reading.name, inbox));
      const info = await (this.#caughtUpOnce ? within(begunWithinMs, made) : made);
      if (info === undefined) {
        // When it is made after all, no reader listens to it.
        made.then(
          () => this.#abandon(reading),
          () => undefined,
        );
        throw new Error(`no consumer was made within ${begunWithinMs} ms`);
      }
      if (this.#reading !== reading) return void (await this.#abandon(reading));
      this.#watchSilence(reading);
      const target = info.delivered.consumer_seq + info.num_pending;
      if (reading.deliverySequence >= target) this.#becomeCurrent(reading);
      else reading.caughtUpAt = target;
    } catch (error) {
      const isLeft = this.#reading !== reading;
      void this.#abandon(reading);
      if (!isLeft) throw error;
    }
  }

  async #createConsumer(name: string, inbox: string): Promise<ConsumerInfo> {
    const { manager, name: reader } = this.#broker;
    if (this.#readings > 1) {
      // A stream that ends before what was seen is another stream of the same name.
      const { state } = await manager.streams.info(this.#range.stream);
      if (state.last_seq < this.#lastSeen) this.#lastSeen = 0;
    }
    return manager.consumers.add(
      this.#range.stream,
      tailConfig({ range: this.#range, name, inbox, reader, after: this.#lastSeen }),
    );
  }

  #receive(reading: Reading, raw: Msg): void {
    this.#watchSilence(reading);
    const message = deliveredMessage(raw);
    if (message === undefined) return this.#receiveControl(reading, raw);
    if (message.deliverySequence !== reading.deliverySequence + 1) return this.#startOver(reading);
    reading.deliverySequence = message.deliverySequence;
    if (message.sequence > this.#lastSeen) {
      this.#lastSeen = message.sequence;
      this.#listener.message(message);
    }
    if (reading.caughtUpAt !== undefined && (message.pending === 0 || message.deliverySequence >= reading.caughtUpAt))
      this.#becomeCurrent(reading);
  }

  /** Flow control asks for an answer; a heartbeat states how far the consumer is; anything else means that it is gone. */
  #receiveControl(reading: Reading, raw: Msg): void {
    if (raw.headers?.code !== 100) return this.#startOver(reading);
    if (raw.reply) return void raw.respond();
    const stalled = raw.headers.get('Nats-Consumer-Stalled');
    if (stalled) this.#broker.connection.publish(stalled);
    if (Number(raw.headers.get('Nats-Last-Consumer') || 0) > reading.deliverySequence) return this.#startOver(reading);
    // Messages still expected and a consumer at rest: they were removed, or replaced by newer ones while the consumer was made. Over
    // those nats-server 2.15 falls asleep until the next write (`getNextMsg` in its consumer.go), so a new reading must look.
    if (reading.caughtUpAt !== undefined && !stalled) this.#startOver(reading);
  }

  #becomeCurrent(reading: Reading): void {
    reading.caughtUpAt = undefined;
    const again = this.#caughtUpOnce;
    this.#caughtUpOnce = true;
    this.#listener.current?.(again);
  }

  #watchSilence(reading: Reading): void {
    clearTimeout(reading.silence);
    reading.silence = setTimeout(() => this.#startOver(reading), silenceMs);
  }

  #startOver(reading: Reading): void {
    if (this.#reading !== reading) return;
    this.#listener.interrupted?.();
    void this.#abandon(reading);
    this.#beginAgain();
  }

  #beginAgain(): void {
    if (this.#stopped || this.#broker.connection.isClosed()) return;
    const what = `reading ${this.#range.stream}`;
    this.#begin().then(
      () => this.#broker.troubles.succeeded(what),
      (error: Error) => {
        this.#broker.troubles.failed(what, error);
        this.#listener.failed?.(error);
        this.#retry = setTimeout(() => this.#beginAgain(), retryMs);
      },
    );
  }

  /** The server forgets an unread consumer by itself; deleting it only tidies up sooner. */
  async #abandon(reading: Reading): Promise<void> {
    if (this.#reading === reading) this.#reading = undefined;
    clearTimeout(reading.silence);
    reading.subscription.unsubscribe();
    if (this.#broker.connection.isClosed()) return;
    await this.#broker.manager.consumers.delete(this.#range.stream, reading.name).catch(() => undefined);
  }
}
