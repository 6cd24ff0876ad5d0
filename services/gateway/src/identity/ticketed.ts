/** Tickets stand in for a header where none can be sent: an `EventSource` and a WebSocket of a page. They are good for one request, and for streams only. */
import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import type { IncomingMessage } from 'node:http';
import type { Caller } from './caller.ts';
import type { Identification } from './identification.ts';

/** Where a route states that it takes a ticket. */
export const TICKETED = Symbol('ticketed');

/** On a route that streams events: it takes `?ticket=` instead of `Authorization`. */
export function Ticketed(): MethodDecorator {
  return applyDecorators(
    SetMetadata(TICKETED, true),
    ApiQuery({
      name: 'ticket',
      required: false,
      description: 'Of `POST /v1/auth/ticket`, good for one request: for clients that cannot send headers.',
      schema: { type: 'string' },
    }),
  );
}

/** Who sends a request that may carry a ticket. A header goes before it, and then no ticket is used up. Throws as `Identification`. */
export function identifyStream(
  identification: Identification,
  request: IncomingMessage,
  ticket: unknown,
): Promise<Caller | undefined> {
  const isTicket = typeof ticket === 'string' && ticket !== '' && request.headers.authorization === undefined;
  return isTicket ? identification.redeem(ticket) : identification.identify(request);
}
