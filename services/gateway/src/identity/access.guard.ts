/** Lets a request through to its route, or refuses it: 401 where the caller is not known, 403 where it may not. */
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { Problem } from '../edge/problem.ts';
import { ACCESS, accessOf, type Access } from './access.ts';
import { setCaller, type Caller } from './caller.ts';
import { chosenTenant, demandAdmin, TENANT_CHOICE, type TenantChoice } from './chosen-tenant.ts';
import type { Identification } from './identification.ts';
import { identifyStream, TICKETED } from './ticketed.ts';

@Injectable()
export class AccessGuard implements CanActivate {
  readonly #reflector = new Reflector();
  readonly #identification: Identification;

  constructor(identification: Identification) {
    this.#identification = identification;
  }

  /** Throws 401 and 403. */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { raw, query } = context.switchToHttp().getRequest<FastifyRequest<{ Querystring: Record<string, unknown> }>>();
    const stated = this.#reflector.getAllAndOverride<Access | undefined>(ACCESS, [context.getHandler(), context.getClass()]);
    const access = accessOf(stated, raw.method ?? '');
    if (access === 'public') return true;
    const identification = this.#identification;
    const isTicketed = this.#reflector.get<true | undefined>(TICKETED, context.getHandler()) ?? false;
    const found = isTicketed ? identifyStream(identification, raw, query['ticket']) : identification.identify(raw);
    const caller = demandAccess(await found, access);
    const choice = this.#reflector.get<TenantChoice | undefined>(TENANT_CHOICE, context.getHandler());
    setCaller(raw, caller, choice === undefined ? caller.tenant : chosenTenant(caller, query['tenant'], choice));
    return true;
  }
}

/** Throws 401 where the caller is not known, and 403 where it may not. */
export function demandAccess(caller: Caller | undefined, access: Exclude<Access, 'public'>): Caller {
  if (caller === undefined) throw new Problem(401, 'Sign in, or send an API key as "Authorization: Bearer <key>".');
  if (access === 'admin') demandAdmin(caller, 'Only administrators may do this.');
  if (!caller.scopes.includes(access))
    throw new Problem(403, `This API key is not good for this; it needs the scope "${access}".`);
  return caller;
}
