/** Lets requests through to the routes of accounts where there are accounts. */
import { Inject, Injectable, type CanActivate } from '@nestjs/common';
import { CONFIG, type GatewayConfig } from '../config.ts';
import { notFound, Problem } from '../edge/problem.ts';
import type { Caller } from '../identity/caller.ts';

@Injectable()
export class AccountsGuard implements CanActivate {
  constructor(@Inject(CONFIG) private readonly config: GatewayConfig) {}

  /** Throws 404. */
  canActivate(): boolean {
    if (this.config.auth === 'on') return true;
    throw notFound('There are no accounts on this system (AUTH=off): every client may do everything.');
  }
}

/** The account of a caller who signed in. An API key may not change what it is a part of: throws 403. */
export function demandSignedIn({ userId, by, credentialId }: Caller): { userId: string; sessionId: string | undefined } {
  if (userId === undefined || by === 'key')
    throw new Problem(403, 'An API key may not do this; sign in, and do it with the access token.');
  return { userId, sessionId: by === 'session' ? credentialId : undefined };
}
