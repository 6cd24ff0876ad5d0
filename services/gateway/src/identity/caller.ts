/**
 * States whose request this is: the one place the gateway takes a tenant from.
 *
 * Invariant: every key and subject the gateway builds or reads gets its tenant from here, never from a path, a query or a body.
 */
import type { IncomingMessage } from 'node:http';
import { LOCAL_TENANT, SCOPES, Tenant, type Role, type Scope } from '@manyhands/proto';
import type { ApiKey, User } from './records.ts';

export { SCOPES, type Role, type Scope };

/** Who asks. */
export interface Caller {
  /** Whose jobs these are. */
  readonly tenant: string;
  /** The account, or undefined where there are none (`AUTH=off`). */
  readonly userId?: string;
  readonly role: Role;
  readonly scopes: readonly Scope[];
  /** What the caller is known by: nothing (`AUTH=off`), a session, an API key, or the token of another provider. */
  readonly by: 'open' | 'session' | 'key' | 'provider';
  /** Id of that session or key: what ends when it is revoked. */
  readonly credentialId?: string;
  /** Milliseconds of the clock at which it ends by itself. */
  readonly untilMs?: number;
}

/** Every client, while there are no accounts. */
export const OPEN_CALLER: Caller = { tenant: LOCAL_TENANT, role: 'admin', scopes: SCOPES, by: 'open' };

/** Who is known by a session, or by the token of another provider. */
export function callerOfUser({ user_id: userId, role }: User, by: 'session' | 'provider'): Caller {
  return { tenant: userId, userId, role, scopes: SCOPES, by };
}

/** Who is known by an API key. */
export function callerOfKey({ user_id: userId, role }: User, { key_id: keyId, scopes, expires_at: until }: ApiKey): Caller {
  return {
    tenant: userId,
    userId,
    role,
    scopes,
    by: 'key',
    credentialId: keyId,
    ...(until !== null && { untilMs: Date.parse(until) }),
  };
}

/** Instead of a tenant, where an administrator asks for what all tenants have. Never part of a key or a subject. */
export const ALL_TENANTS = '*';

interface Known {
  readonly caller: Caller;
  /** Whose jobs the request is about: the caller's, unless an administrator asks for another's. */
  readonly tenant: string;
}

const known = new WeakMap<IncomingMessage, Known>();

/** Remembers who sent a request, once it is known, and whose jobs it is about. Throws where that is no tenant. */
export function setCaller(request: IncomingMessage, caller: Caller, tenant = caller.tenant): void {
  for (const one of [caller.tenant, ...(tenant === ALL_TENANTS ? [] : [tenant])])
    if (!Tenant.safeParse(one).success)
      throw new Error(`Invariant: a tenant is part of keys and subjects, so it is a name without dots: ${JSON.stringify(one)}`);
  known.set(request, { caller, tenant });
}

/** Who sent it; undefined where the route is public. */
export function callerIfKnown(request: IncomingMessage): Caller | undefined {
  return known.get(request)?.caller;
}

/** Who sent it. Throws where the guard did not ask: the route is public. */
export function callerOf(request: IncomingMessage): Caller {
  return knownOf(request).caller;
}

/** The tenant whose keys and subjects a request may use. */
export function tenantOf(request: IncomingMessage): string {
  const { tenant } = knownOf(request);
  if (tenant === ALL_TENANTS) throw new Error('Invariant: only lists are asked of all tenants.');
  return tenant;
}

/** The same for a list, which an administrator may ask of all tenants: then `ALL_TENANTS`. */
export function tenantsOf(request: IncomingMessage): string {
  return knownOf(request).tenant;
}

function knownOf(request: IncomingMessage): Known {
  const found = known.get(request);
  if (found === undefined)
    throw new Error(`Invariant: a public route needs no caller: ${request.method} ${request.url?.split('?')[0]}`);
  return found;
}
