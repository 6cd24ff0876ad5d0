/** Hands the events of a step to the handler that is marked with `@OnStep()`. */
import { BaseRpcContext } from '@nestjs/microservices';
import type { LoggerService } from '@nestjs/common';
import { consumeEvents, EVENT_STEPS } from '@manyhands/broker';
import type { Broker, StoredEvent } from '@manyhands/nats';
import { decode, STREAMS } from '@manyhands/proto';
import type { PlaceOf } from './handler-place.ts';

/** What `@Ctx()` is in handlers of steps: where the event is stored and which hand-over this is. */
export class StepContext extends BaseRpcContext<[StoredEvent]> {
  constructor(event: StoredEvent) {
    super([event]);
  }

  get event(): StoredEvent {
    return this.getArgByIndex(0);
  }
}

export function consumeStep(
  broker: Broker,
  { step, durable }: PlaceOf<'step'>,
  logger: LoggerService,
  call: (message: unknown, context: StepContext) => Promise<unknown>,
): Promise<{ stop(): Promise<void> }> {
  const { stream, filter, message } = EVENT_STEPS[step];
  return consumeEvents(broker, {
    durable,
    stream,
    filter,
    troubled: (error) =>
      logger.warn(
        `${step} events cannot be read (${error instanceof Error ? error.message : String(error)}): consumer ${durable} of stream ${STREAMS[stream].name} is missing or does not work; the service tries again`,
      ),
    handler: async (event) => void (await call(decode(message, event.data), new StepContext(event))),
    failed: (event, error, comesAgain) =>
      logger.error(`${event.subject} (${event.sequence}) ${comesAgain ? 'is delivered again' : 'is skipped'}: ${String(error)}`),
  });
}
