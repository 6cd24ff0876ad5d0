/**
 * Nest transport over NATS: connects the handlers of `handler-decorators.ts` to mailbox partitions, event consumers and requests.
 *
 *   booting ──listen──▶ listening ──close──▶ closed: everything in hand is finished and settled, nothing new is taken
 *
 * Invariant: each place has one handler. Nest's own server chains a second event handler behind the first and lets a second request handler
 * replace the first, both silently; here either fails the boot, naming both methods.
 *
 * The broker belongs to the application, which closes it after this (`onApplicationShutdown`).
 */
import { decode, STREAMS } from '@manyhands/proto';
import type { CustomTransportStrategy, MessageHandler } from '@nestjs/microservices';
import { BaseRpcContext, Server } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import { consumeEvents, EVENT_STEPS } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import { isHandlerExtras, JETSTREAM_TRANSPORT, patternOf, type HandlerExtras, type HandlerPlace } from './handler-place.ts';
import { answerQueries } from './query-answers.ts';
import { StepContext } from './step-context.ts';

export interface JetStreamStrategyOptions {
  broker: Broker;
  /** How this process takes part in the mailbox; needed by `@OnMailboxBatch()`. */
  mailbox?: (handlers: MailboxHandlers) => Promise<{ close(): Promise<void> }>;
}

/** The methods marked with `@OnMailboxBatch()` and `@OnMailboxRelease()`, for the service that opens the mailbox. Each throws what its method throws. */
export interface MailboxHandlers {
  handle(batch: unknown): Promise<void>;
  released(release: unknown): Promise<void>;
}

type PlaceOf<Kind extends HandlerPlace['kind']> = Extract<HandlerPlace, { kind: Kind }>;

export class JetStreamStrategy extends Server implements CustomTransportStrategy {
  override readonly transportId = JETSTREAM_TRANSPORT;
  override readonly propagatesEventHandlerErrors = true;
  readonly #options: JetStreamStrategyOptions;
  readonly #places: HandlerExtras[] = [];
  readonly #handlers = new Map<HandlerPlace, MessageHandler | null>();
  #stops: (() => Promise<void>)[] = [];

  constructor(options: JetStreamStrategyOptions) {
    super();
    this.#options = options;
  }

  override addHandler(
    pattern: unknown,
    callback: MessageHandler,
    isEventHandler = false,
    extras: Record<string, unknown> = {},
  ): void {
    if (!isHandlerExtras(extras)) {
      throw new Error(
        `no handler of JetStreamStrategy: ${JSON.stringify(pattern)}. Mark it with @OnMailboxBatch(), @OnStep() or @OnQuery().`,
      );
    }
    const first = this.#places.find(({ place }) => patternOf(place) === patternOf(extras.place));
    if (first !== undefined) {
      throw new Error(`two handlers of "${patternOf(extras.place)}": ${first.declaredAt} and ${extras.declaredAt}. Keep one.`);
    }
    this.#places.push(extras);
    super.addHandler(pattern, callback, isEventHandler, extras);
  }

  async listen(ready: (error?: unknown) => void): Promise<void> {
    try {
      await this.#open();
      ready();
    } catch (error) {
      await this.close();
      ready(error);
    }
  }

  /** Closing twice is closing once. */
  async close(): Promise<void> {
    const stops = this.#stops;
    this.#stops = [];
    await Promise.all(stops.map((stop) => stop()));
  }

  on(): never {
    throw new Error('JetStreamStrategy has no events of its own: use onConnected of the broker');
  }

  unwrap<T = Broker>(): T {
    return this.#options.broker as T;
  }

  async #open(): Promise<void> {
    const { broker } = this.#options;
    for (const place of this.#placesOf('query')) {
      const stop = answerQueries(broker, place.subject, {
        answer: (data) => this.#call(place, data, new BaseRpcContext([])),
        failed: (error) => this.logger.error(error),
      });
      this.#stops.push(stop);
    }
    for (const place of this.#placesOf('step')) {
      const { stream, filter, message } = EVENT_STEPS[place.step];
      const { stop } = await consumeEvents(broker, {
        durable: place.durable,
        stream,
        filter,
        troubled: (error) =>
          this.logger.warn(
            `${place.step} events cannot be read (${error instanceof Error ? error.message : String(error)}): consumer ${place.durable} of stream ${STREAMS[stream].name} is missing or does not work; the service tries again`,
          ),
        handler: async (event) => void (await this.#call(place, decode(message, event.data), new StepContext(event))),
        failed: (event, error, comesAgain) =>
          this.logger.error(
            `${event.subject} (${event.sequence}) ${comesAgain ? 'is delivered again' : 'is skipped'}: ${String(error)}`,
          ),
      });
      this.#stops.push(stop);
    }
    await this.#openMailbox();
  }

  /** Last, so that nothing is taken before the process is complete. */
  async #openMailbox(): Promise<void> {
    const [batches] = this.#placesOf('mailbox_batch');
    const [releases] = this.#placesOf('mailbox_release');
    if (batches === undefined) return;
    const { mailbox } = this.#options;
    if (mailbox === undefined) throw new Error('@OnMailboxBatch() needs the option `mailbox` of JetStreamStrategy');
    const opened = await mailbox({
      handle: async (batch) => void (await this.#call(batches, batch, new BaseRpcContext([]))),
      released: async (release) => {
        if (releases !== undefined) await this.#call(releases, release, new BaseRpcContext([]));
      },
    });
    this.#stops.push(() => opened.close());
  }

  #placesOf<Kind extends HandlerPlace['kind']>(kind: Kind): PlaceOf<Kind>[] {
    return this.#places.map(({ place }) => place).filter((place): place is PlaceOf<Kind> => place.kind === kind);
  }

  /** Runs a handler with Nest's guards, pipes and interceptors. Throws what it throws. */
  async #call(place: HandlerPlace, data: unknown, context: BaseRpcContext): Promise<unknown> {
    // Nest takes a pattern apart at each look; for every batch of the mailbox that was 2 % of a busy coordinator.
    if (!this.#handlers.has(place)) this.#handlers.set(place, this.getHandlerByPattern(patternOf(place)));
    const result: unknown = await this.#handlers.get(place)?.(data, context);
    return isObservable(result) ? lastValueFrom(result, { defaultValue: undefined }) : result;
  }
}
