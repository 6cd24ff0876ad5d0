/**
 * Finds out who sends a request, by what it carries.
 *
 * Invariant: what was revoked (a session, a key, an account) is refused by every gateway within `CURRENT_MS`, because it is looked up at each request, in a
 * memory that is at most so old. So is a changed role.
 */
import type { IncomingMessage } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { keys } from '@manyhands/proto';
import { CONFIG, type GatewayConfig } from '../config.ts';
import { Problem } from '../edge/problem.ts';
import { AccessTokens } from './access-tokens.ts';
import { ApiKeyUse } from './api-key-use.ts';
import { callerOfKey, callerOfUser, OPEN_CALLER, type Caller } from './caller.ts';
import { IdentityStore } from './identity-store.ts';
import { ProviderTokens } from './provider-tokens.ts';
import type { ApiKey, User } from './records.ts';
import { hashOf, sameHash } from './secrets.ts';

/** Nest finds it under this class; what it does depends on `AUTH`. */
@Injectable()
export class Identification {
  constructor(
    @Inject(CONFIG) private readonly config: GatewayConfig,
    @Inject(IdentityStore) private readonly store: IdentityStore,
    @Inject(AccessTokens) private readonly tokens: AccessTokens,
    @Inject(ProviderTokens) private readonly providers: ProviderTokens,
    @Inject(ApiKeyUse) private readonly use: ApiKeyUse,
  ) {}

  /** By its `Authorization`. Undefined: the request carries nothing. Throws 401 for what it carries and is not good, and `unavailable`. */
  async identify({ headers: { authorization } }: IncomingMessage): Promise<Caller | undefined> {
    if (this.config.auth === 'off') return OPEN_CALLER;
    if (authorization === undefined) return undefined;
    const [, shown] = /^Bearer +([\x21-\x7e]+) *$/i.exec(authorization) ?? [];
    if (shown === undefined) throw refused('Authorization must be "Bearer", a space, and an API key or an access token.');
    return shown.startsWith(KEY_PREFIX) ? this.#byKey(shown) : this.#byToken(shown);
  }

  /** By the ticket of an event stream or a WebSocket, which is used up by this. Throws 401 for one that is not good, and `unavailable`. */
  async redeem(ticket: string): Promise<Caller> {
    if (this.config.auth === 'off') return OPEN_CALLER;
    const key = keys.ticket(hashOf(ticket));
    const found = await this.store.read('Ticket', key);
    if (
      found === undefined ||
      Date.parse(found.record.expires_at) <= Date.now() ||
      !(await this.store.remove(key, found.revision))
    )
      throw refused('The ticket was used, or is too old; get another one with POST /v1/auth/ticket.');
    const { user_id: userId, by, credential_id: credentialId, until } = found.record;
    const user = await this.#user(userId);
    const untilMs = until === null ? {} : { untilMs: Date.parse(until) };
    if (by === 'key') return { ...callerOfKey(user, await this.#key(credentialId ?? '')), ...untilMs };
    if (by === 'session') await this.#session(credentialId ?? '', userId);
    return { ...callerOfUser(user, by), ...(credentialId !== null && { credentialId }), ...untilMs };
  }

  /**
   * Whether what a caller is known by is still good, and with the same role and scopes: not when it was revoked, at most some seconds ago. Asked once a second for each
   * stream that stays open, so it is answered from memory. Its own end (`untilMs`) is looked at by the one who asks.
   */
  isGood({ by, userId = '', credentialId = '', role }: Caller): boolean {
    if (by === 'open') return true;
    const user = this.store.known('User', keys.user(userId));
    if (user === undefined || user.disabled_at !== null || user.role !== role) return false;
    if (by === 'session') return this.store.known('Session', keys.session(credentialId)) !== undefined;
    return by === 'provider' || this.store.known('ApiKey', keys.apiKey(credentialId)) !== undefined;
  }

  async #byKey(shown: string): Promise<Caller> {
    const [, keyId, secret] = /^mh_([0-9a-f]{16})_([\w-]{43})$/.exec(shown) ?? [];
    if (keyId === undefined || secret === undefined) throw refused('This is no API key.');
    const key = await this.#key(keyId);
    if (!sameHash(key.secret_sha256, hashOf(secret))) throw refused('There is no such API key; it may have been revoked.');
    const caller = callerOfKey(await this.#user(key.user_id), key);
    this.use.note(key);
    return caller;
  }

  async #byToken(token: string): Promise<Caller> {
    if (this.providers.isTheirs(token)) return this.#byProvider(token);
    const claims = await this.tokens.check(token);
    if (claims === undefined) throw refused('The access token is not good (any more); refresh it, or sign in again.');
    const { userId, sessionId, untilMs } = claims;
    await this.#session(sessionId, userId);
    return { ...callerOfUser(await this.#user(userId), 'session'), credentialId: sessionId, untilMs };
  }

  async #byProvider(token: string): Promise<Caller> {
    const claims = await this.providers.check(token);
    if (claims === undefined) throw refused('The access token is not good (any more); get another one from its provider.');
    return { ...callerOfUser(await this.#user(claims.userId), 'provider'), untilMs: claims.untilMs };
  }

  async #session(sessionId: string, userId: string): Promise<void> {
    const session = await this.store.find('Session', keys.session(sessionId));
    if (session?.user_id !== userId) throw refused('The session has ended; sign in again.');
  }

  async #key(keyId: string): Promise<ApiKey> {
    const key = await this.store.find('ApiKey', keys.apiKey(keyId));
    if (key === undefined) throw refused('There is no such API key; it may have been revoked.');
    if (key.expires_at !== null && Date.parse(key.expires_at) <= Date.now())
      throw refused('The API key has expired; make another one.');
    return key;
  }

  async #user(userId: string): Promise<User> {
    const user = await this.store.find('User', keys.user(userId));
    if (user === undefined || user.disabled_at !== null)
      throw refused('The account may not be used any more; ask an administrator.');
    return user;
  }
}

/** How every API key begins, as `mh_<id>_<secret>`. */
export const KEY_PREFIX = 'mh_';

function refused(detail: string): Problem {
  return new Problem(401, detail);
}
