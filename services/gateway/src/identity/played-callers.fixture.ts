/** Callers of a gateway as a test plays them: each is known by a token, and revoked or expired when the test wants it. */
import type { IncomingMessage } from 'node:http';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Problem } from '../edge/problem.ts';
import { SCOPES, type Caller } from './caller.ts';
import { Identification } from './identification.ts';

export interface PlayedCallers {
  /** Who sends `Authorization: Bearer <token>`; known from now on. */
  add(token: string, caller?: Partial<Caller>): Record<'authorization', string>;
  /** A ticket that is good once. */
  ticket(token: string): string;
  revoke(token: string): void;
  /** Makes each request wait to be identified until `release` is called; `entered`: one waits. */
  hold(): { entered: Promise<void>; release: () => void };
}

/** In place of the gateway's own identification. */
export function playCallers(app: NestFastifyApplication): PlayedCallers {
  const identification = app.get(Identification);
  const callers = new Map<string, Caller>();
  const tickets = new Map<string, string>();
  let held = Promise.resolve();
  let enter = (): void => undefined;
  const callerOfToken = (token: string): Caller => {
    const caller = callers.get(token);
    if (caller === undefined || (caller.untilMs ?? Infinity) <= Date.now()) throw new Problem(401, 'This is not good any more.');
    return caller;
  };
  identification.identify = async ({ headers: { authorization } }: IncomingMessage) => {
    enter();
    await held;
    return authorization === undefined ? undefined : callerOfToken(authorization.replace('Bearer ', ''));
  };
  identification.redeem = async (ticket) => {
    await held;
    const token = tickets.get(ticket);
    tickets.delete(ticket);
    if (token === undefined) throw new Problem(401, 'The ticket was used.');
    return callerOfToken(token);
  };
  identification.isGood = ({ credentialId = '' }) => callers.has(credentialId);
  return {
    add(token, caller = {}) {
      callers.set(token, { tenant: token, role: 'user', scopes: SCOPES, by: 'session', credentialId: token, ...caller });
      return { authorization: `Bearer ${token}` };
    },
    ticket(token) {
      const ticket = `ticket-${tickets.size}-${token}`;
      tickets.set(ticket, token);
      return ticket;
    },
    revoke: (token) => void callers.delete(token),
    hold() {
      const gate = Promise.withResolvers<void>();
      const { promise: entered, resolve } = Promise.withResolvers<void>();
      held = gate.promise;
      enter = resolve;
      return {
        entered,
        release() {
          held = Promise.resolve();
          gate.resolve();
        },
      };
    },
  };
}
