/**
 * Mark methods of Nest controllers as handlers of what comes over NATS. `@Payload()` and `@Ctx()` work as with any Nest transport; a method
 * without them gets the payload.
 */
import { UseFilters } from '@nestjs/common';
import { EventPattern, MessagePattern } from '@nestjs/microservices';
import { ErrorsUntouched } from './errors-untouched.filter.ts';
import { EVENT_STEPS, type EventStep } from '@manyhands/broker';
import { JETSTREAM_TRANSPORT, patternOf, type HandlerExtras, type HandlerPlace } from './handler-place.ts';

/**
 * Takes the batches of the mailbox partitions this process owns: `(batch: MailboxBatch<Message>) => Promise<void>`. The batch is acknowledged
 * when the method resolves; when it throws, the partition is released and tried again later, here or by another owner.
 */
export function OnMailboxBatch(): MethodDecorator {
  return handler({ kind: 'mailbox_batch' });
}

/**
 * Called for each partition that is released, before another owner may get it: `(release: PartitionRelease) => Promise<void> | void`. Saves what is in memory
 * when `why` is `closed`, drops it otherwise.
 */
export function OnMailboxRelease(): MethodDecorator {
  return handler({ kind: 'mailbox_release' });
}

/**
 * Takes each event of a step at least once, one at a time: `(message: JobFinished, context: StepContext) => Promise<void>`. It is acknowledged when
 * the method resolves and comes again when it throws. What cannot be decoded is left out, with a line in the log. Processes with the same `durable` share the events.
 */
export function OnStep(step: EventStep, { durable = EVENT_STEPS[step].durable }: { durable?: string } = {}): MethodDecorator {
  return handler({ kind: 'step', step, durable });
}

/**
 * Answers requests under a core subject of `subjects.ts`: `(data: Uint8Array) => string | Uint8Array | JSON`. One process of all that have the handler is asked. When it throws, there is no answer
 * and the asker runs into its timeout.
 */
export function OnQuery(subject: string): MethodDecorator {
  return handler({ kind: 'query', subject });
}

function handler(place: HandlerPlace): MethodDecorator {
  return (target, key, descriptor) => {
    const extras: HandlerExtras = { place, declaredAt: `${target.constructor.name}.${String(key)}` };
    const mark = place.kind === 'query' ? MessagePattern : EventPattern;
    (mark as typeof MessagePattern)(patternOf(place), JETSTREAM_TRANSPORT, extras)(target, key, descriptor);
    UseFilters(ErrorsUntouched)(target, key, descriptor);
  };
}
