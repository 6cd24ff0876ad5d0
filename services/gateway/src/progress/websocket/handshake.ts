/**
 * Lets in who asks for a WebSocket, or refuses it in HTTP, before there is a WebSocket: guards do not look at upgrades.
 *
 * Who asks is shown by `Authorization`, or by `?ticket=` where a page cannot send headers. Which page may ask at all was decided before (`edge/door.ts`).
 */
import type { IncomingMessage } from 'node:http';
import type { Refusal } from '../../edge/refusal.ts';
import { Logger } from '@nestjs/common';
import { Problem } from '../../edge/problem.ts';
import { problemOf } from '../../edge/problem.filter.ts';
import { demandAccess } from '../../identity/access.guard.ts';
import type { CallerWatch } from '../../identity/caller-watch.ts';
import { setCaller } from '../../identity/caller.ts';
import type { Identification } from '../../identity/identification.ts';
import { identifyStream } from '../../identity/ticketed.ts';
import type { LimitGuard } from '../../limits/limit.guard.ts';

const log = new Logger('edge');

export interface HandshakeParts {
  readonly identification: Identification;
  readonly callers: CallerWatch;
  readonly limits: Pick<LimitGuard, 'countUnknown'>;
}

/** Remembers who asks (`callerOf`). The refusal, or undefined when it is let in. */
export async function refusalOfHandshake(
  request: IncomingMessage,
  { identification, callers, limits }: HandshakeParts,
): Promise<Refusal | undefined> {
  try {
    const asked = request.url ?? '';
    const tickets = new URLSearchParams(asked.includes('?') ? asked.slice(asked.indexOf('?')) : '').getAll('ticket');
    const ticket = tickets.length === 1 ? tickets[0] : undefined;
    const allowed = await identifyStream(identification, request, ticket)
      .then((caller) => demandAccess(caller, 'read'))
      .catch(async (error: unknown) => {
        // No more than requests: else keys could be tried here without an end.
        if (error instanceof Problem && error.getStatus() === 401) await limits.countUnknown(request);
        throw error;
      });
    callers.demandRoom(allowed);
    setCaller(request, allowed);
    return undefined;
  } catch (error) {
    return refusalOf(error);
  }
}

function refusalOf(error: unknown): Refusal {
  const known = problemOf(error, 'GET /ws');
  if (known === undefined) log.error(error instanceof Error ? error.stack : String(error));
  const problem = known ?? new Problem(500, 'The gateway failed to answer this request; the error is in its log. Try again.');
  const status = problem.getStatus();
  const { detail } = problem.getResponse() as { detail: string };
  return {
    reason: 'caller',
    status,
    detail,
    headers: {
      ...(status === 401 && { 'www-authenticate': 'Bearer' }),
      ...(problem.retryAfterSec !== undefined && { 'retry-after': String(problem.retryAfterSec) }),
    },
  };
}
