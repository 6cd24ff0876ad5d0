/**
 * What a handler in a Nest controller is for, as Nest carries it: pattern, transport and extras. Pure.
 *
 * The pattern is what must be unique in a process; the extras hold the rest.
 */
import type { EventStep } from '@manyhands/broker';

/** Marks handlers as ours, so that other transports of the same application leave them alone. */
export const JETSTREAM_TRANSPORT = Symbol('jetstream');

export type HandlerPlace =
  | { kind: 'mailbox_batch' }
  | { kind: 'mailbox_release' }
  | { kind: 'step'; step: EventStep; durable: string }
  | { kind: 'query'; subject: string };

export type PlaceOf<Kind extends HandlerPlace['kind']> = Extract<HandlerPlace, { kind: Kind }>;

/** The methods marked with `@OnMailboxBatch()` and `@OnMailboxRelease()`, for the service that opens the mailbox. Each throws what its method throws. */
export interface MailboxHandlers {
  handle(batch: unknown): Promise<void>;
  released(release: unknown): Promise<void>;
}

/** What Nest keeps with each handler. */
export interface HandlerExtras {
  place: HandlerPlace;
  /** `Controller.method`, for messages to the developer. */
  declaredAt: string;
}

export function patternOf(place: HandlerPlace): string {
  switch (place.kind) {
    case 'mailbox_batch':
    case 'mailbox_release':
      return place.kind;
    case 'step':
      // Two consumers may read the same step, each all of it.
      return `step ${place.step} as ${place.durable}`;
    case 'query':
      return `query ${place.subject}`;
  }
}

export function isHandlerExtras(extras: unknown): extras is HandlerExtras {
  return typeof extras === 'object' && extras !== null && 'place' in extras && 'declaredAt' in extras;
}
