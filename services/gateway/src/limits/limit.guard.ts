/**
 * Counts a request under the limits that its route states, once it is known who asks, and refuses what is too many with 429. A request without a good
 * token or key counts for its address, so that none can be found by trying.
 *
 * Without accounts (`AUTH=off`) every client may do everything, and only what needs no account anywhere has limits: demo jobs and shared ones.
 */
import type { IncomingMessage } from 'node:http';
import { applyDecorators, HttpException, SetMetadata, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiExtension } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { callerIfKnown } from '../identity/caller.ts';
import type { ClientAddress } from './client-address.ts';
import type { LimitName } from './limit-names.ts';
import type { Limiter } from './limiter.ts';
import { rateHeaders, tooMany, type NamedCount } from './rate-headers.ts';

const LIMITED = Symbol('limited');

/** On a route: the limits that its requests count under. The description of the API shows them (`complete-document.ts`). */
export const Limited = (...names: LimitName[]): MethodDecorator =>
  applyDecorators(SetMetadata(LIMITED, names), ApiExtension('x-limits', names));

export interface LimitGuardParts {
  /** Lets a request through, or throws 401 or 403. */
  readonly access: CanActivate;
  readonly limiter: Pick<Limiter, 'count'>;
  readonly addresses: ClientAddress;
  readonly hasAccounts: boolean;
}

export class LimitGuard implements CanActivate {
  readonly #reflector = new Reflector();
  readonly #parts: LimitGuardParts;

  constructor(parts: LimitGuardParts) {
    this.#parts = parts;
  }

  /** Throws 429, 503 for what must be counted and cannot be, and what `access` throws. */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    try {
      await this.#parts.access.canActivate(context);
    } catch (error) {
      if (error instanceof HttpException && error.getStatus() === 401) await this.#demand(['address'], request, reply);
      throw error;
    }
    await this.#demand(this.#reflector.get<LimitName[] | undefined>(LIMITED, context.getHandler()) ?? [], request, reply);
    return true;
  }

  /** A WebSocket that is refused because it is not known who asks: guards do not look at upgrades. Counts as a request would. Throws 429. */
  async countUnknown(request: IncomingMessage): Promise<void> {
    const { limiter, addresses, hasAccounts } = this.#parts;
    const counted = hasAccounts ? await limiter.count('address', addresses.of(request)) : undefined;
    if (counted?.admitted === false) throw tooMany({ name: 'address', ...counted });
  }

  async #demand(names: readonly LimitName[], request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const counts: NamedCount[] = [];
    const { limiter, hasAccounts } = this.#parts;
    for (const name of names) {
      const whose = hasAccounts || needsNoAccount(name) ? this.#whoseOf(name, request) : undefined;
      const counted = whose === undefined ? undefined : await limiter.count(name, whose);
      if (counted === undefined) continue;
      counts.push({ name, ...counted });
      void reply.headers(rateHeaders(counts));
      if (!counted.admitted) throw tooMany(counts.at(-1)!);
    }
  }

  /** Undefined where the limit does not hold for the client. */
  #whoseOf(name: LimitName, { raw, body }: FastifyRequest): string | undefined {
    switch (name) {
      case 'submits':
      case 'executions':
        return userOf(raw);
      case 'demo':
      case 'demo-reads':
      case 'share-reads':
      case 'registrations':
      case 'address':
        return this.#parts.addresses.of(raw);
      case 'sign-ins': {
        // With a stolen token the old password could be found by trying.
        const user = userOf(raw);
        if (user !== undefined) return `user ${user}`;
        // Of the account and the address: by the account alone, any client could keep its owner out.
        return `${this.#parts.addresses.of(raw)} ${accountIn(body)}`;
      }
    }
  }
}

function needsNoAccount(name: LimitName): boolean {
  return name === 'demo' || name === 'demo-reads' || name === 'share-reads';
}

function userOf(request: IncomingMessage): string | undefined {
  const caller = callerIfKnown(request);
  return caller === undefined || caller.by === 'open' ? undefined : (caller.userId ?? caller.tenant);
}

function accountIn(body: unknown): string {
  const { email } = (body ?? {}) as { email?: unknown };
  return typeof email === 'string' ? email.trim().toLowerCase() : '';
}
