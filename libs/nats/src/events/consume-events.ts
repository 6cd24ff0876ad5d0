/**
 * Hands every event of a stream to a handler, at least once, one at a time, in order but for retries.
 *
 *   waiting ──fetched──▶ handled ──resolved──▶ acked
 *                                ──undecodable──▶ terminated (it stays readable in the stream)
 *                                ──any other error──▶ nak with a growing delay ──▶ waiting
 *   no events to be had (the consumer was removed) ──logged; created again by another process, else here──▶ waiting
 *
 * Invariant: an event is acknowledged only after its handler resolved, so a handler must bear seeing one twice.
 */
import { isManyhandsError } from '@manyhands/proto/errors';
import type { Consumer, ConsumerMessages, JsMsg } from '@nats-io/jetstream';
import type { Broker } from '../broker.ts';
import { provideConsumer } from '../provision/provide.ts';
import { eventConsumerConfig, retryDelayMs, type EventConsumerOptions, type StoredEvent } from './event-consumer.ts';

const fetchMax = 64;
const fetchWaitMs = 30_000;
const retryMs = 500;
/** Processes look after the streams every few seconds. */
const mendAfterMsDefault = 10_000;

export async function consumeEvents(broker: Broker, options: EventConsumerOptions): Promise<{ stop(): Promise<void> }> {
  await provideConsumer(broker, options.stream, eventConsumerConfig(options));
  const consumer = await broker.jetstream.consumers.get(options.stream, options.durable);
  const running = new EventLoop(broker, consumer, options);
  return { stop: () => running.stop() };
}

class EventLoop {
  readonly #broker: Broker;
  readonly #consumer: Consumer;
  readonly #options: EventConsumerOptions;
  readonly #ended: Promise<void>;
  readonly #unlisten: () => void;
  #fetch: ConsumerMessages | undefined;
  #stopping = false;
  #connected = true;
  /** Since when there are no events to be had though the server is there. */
  #trouble: { sinceMs: number } | undefined;

  constructor(broker: Broker, consumer: Consumer, options: EventConsumerOptions) {
    this.#broker = broker;
    this.#consumer = consumer;
    this.#options = options;
    // A pull is lost with its connection; it is made again at once instead of after its time is up.
    this.#unlisten = broker.onConnected((connected) => {
      this.#connected = connected;
      if (!connected) this.#fetch?.stop();
    });
    this.#ended = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#unlisten();
    this.#fetch?.stop();
    await this.#ended;
  }

  async #run(): Promise<void> {
    while (!this.#stopping && !this.#broker.connection.isClosed()) {
      try {
        await this.#handleSome();
        this.#trouble = undefined;
      } catch (error) {
        if (this.#stopping) return;
        await this.#troubled(error);
        await new Promise((resume) => setTimeout(resume, retryMs));
      }
    }
  }

  /** While the server is not reachable every process logs that already. Otherwise something is missing: it is logged, and created again if no other process does. */
  async #troubled(error: unknown): Promise<void> {
    if (!this.#connected) return;
    const nowMs = performance.now();
    if (this.#trouble === undefined) this.#options.troubled?.(error);
    this.#trouble ??= { sinceMs: nowMs };
    if (nowMs - this.#trouble.sinceMs < (this.#options.mendAfterMs ?? mendAfterMsDefault)) return;
    try {
      await provideConsumer(this.#broker, this.#options.stream, eventConsumerConfig(this.#options));
    } catch (again) {
      this.#options.troubled?.(again);
      this.#trouble = { sinceMs: nowMs };
    }
  }

  async #handleSome(): Promise<void> {
    const fetch = await this.#broker.insist(`reading ${this.#options.durable}`, () =>
      this.#consumer.fetch({ max_messages: fetchMax, expires: fetchWaitMs }),
    );
    this.#fetch = fetch;
    if (this.#stopping) fetch.stop();
    for await (const message of fetch) {
      if (this.#stopping) message.nak();
      else await this.#handle(message);
    }
  }

  async #handle(message: JsMsg): Promise<void> {
    const { subject, seq: sequence, data, info, time } = message;
    const nextDue = message.headers?.get('Nats-Schedule-Next');
    const event: StoredEvent = {
      subject,
      sequence,
      storedAtMs: time.getTime(),
      data,
      delivery: info.deliveryCount,
      ...(nextDue && { nextDue }),
    };
    try {
      await this.#options.handler(event);
      message.ack();
    } catch (error) {
      const comesAgain = !isManyhandsError(error, 'undecodable');
      if (comesAgain) message.nak(retryDelayMs(event.delivery));
      else message.term('undecodable');
      this.#options.failed?.(event, error, comesAgain);
    }
  }
}
