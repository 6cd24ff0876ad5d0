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
import type { CustomTransportStrategy, MessageHandler } from '@nestjs/microservices';
import { BaseRpcContext, Server } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import type { Broker } from '@manyhands/nats';
import {
  isHandlerExtras,
  JETSTREAM_TRANSPORT,
  patternOf,
  type HandlerExtras,
  type HandlerPlace,
  type MailboxHandlers,
  type PlaceOf,
} from './handler-place.ts';
import { answerQueries } from './query-answers.ts';
import { consumeStep } from './step-events.ts';

export interface JetStreamStrategyOptions {
  broker: Broker;
  /** How this process takes part in the mailbox; needed by `@OnMailboxBatch()`. */
  mailbox?: (handlers: MailboxHandlers) => Promise<{ close(): Promise<void> }>;
}

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
      const answer = (data: Uint8Array): Promise<unknown> => this.#call(place, data, new BaseRpcContext([]));
      this.#stops.push(answerQueries(broker, place.subject, { answer, failed: (error) => this.logger.error(error) }));
    }
    for (const place of this.#placesOf('step')) {
      const { stop } = await consumeStep(broker, place, this.logger, (message, context) => this.#call(place, message, context));
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
