/**
 * Access tokens of other providers: checked with the keys that the provider publishes, and turned into an account of ours, which is made when it is seen first.
 *
 * The account is that of issuer and subject, never that of an address: a provider that lets its users choose one would give them accounts of others.
 */
import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { keys, newUserId } from '@manyhands/proto';
import type { Provider } from '@manyhands/proto/settings';
import { createRemoteJWKSet, decodeJwt, errors, jwtVerify, type JWTPayload } from 'jose';
import { CONFIG, type GatewayConfig } from '../config.ts';
import { unavailable } from '../edge/problem.ts';
import { IdentityStore } from './identity-store.ts';
import type { User } from './records.ts';

/** Signatures with a public key only, so that no key that is published can make one. */
const algorithms = ['EdDSA', 'ES256', 'ES384', 'PS256', 'RS256'];
const keysAnsweredWithinMs = 3_000;
const clockToleranceSec = 5;
const triesMax = 5;

export interface ProviderClaims {
  readonly userId: string;
  readonly untilMs: number;
}

@Injectable()
export class ProviderTokens {
  /** By issuer. */
  readonly #providers: ReadonlyMap<string, { provider: Provider; keySet: ReturnType<typeof createRemoteJWKSet> }>;

  constructor(
    @Inject(CONFIG) config: GatewayConfig,
    @Inject(IdentityStore) private readonly store: IdentityStore,
  ) {
    this.#providers = new Map(
      config.providers.map((provider) => [
        provider.issuer,
        { provider, keySet: createRemoteJWKSet(new URL(provider.keysUrl), { timeoutDuration: keysAnsweredWithinMs }) },
      ]),
    );
  }

  /** Whether it states that it comes from one of them: nothing is checked. */
  isTheirs(token: string): boolean {
    return this.#providers.size > 0 && this.#providers.has(issuerIn(token) ?? '');
  }

  /** Undefined for a token that is not good. Throws `unavailable`, also when the provider's keys cannot be read. */
  async check(token: string): Promise<ProviderClaims | undefined> {
    const known = this.#providers.get(issuerIn(token) ?? '');
    if (known === undefined) return undefined;
    const { provider, keySet } = known;
    let payload: JWTPayload;
    try {
      ({ payload } = await jwtVerify(token, keySet, {
        algorithms,
        issuer: provider.issuer,
        audience: provider.audience,
        clockTolerance: clockToleranceSec,
        requiredClaims: ['sub', 'iat', 'exp'],
      }));
    } catch (error) {
      if (isUnanswered(error))
        throw unavailable(
          `The keys of "${provider.name}" cannot be read now, so its tokens cannot be checked; try again later.`,
          10,
        );
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
    if (typeof payload.sub !== 'string' || payload.sub === '') return undefined;
    return { userId: await this.#userOf(provider.issuer, payload.sub), untilMs: payload.exp! * 1_000 };
  }

  /** The account of a subject; made when there is none. */
  async #userOf(issuer: string, subject: string): Promise<string> {
    const name = keys.userName(
      createHash('sha256')
        .update(JSON.stringify(['provider', issuer, subject]))
        .digest('hex'),
    );
    for (let tries = 0; tries < triesMax; tries += 1) {
      const known = await this.store.find('UserName', name);
      if (known !== undefined) {
        if ((await this.store.find('User', keys.user(known.user_id))) === undefined) await this.#create(known.user_id);
        return known.user_id;
      }
      const userId = newUserId();
      const record = { v: 1, type: 'UserName', user_id: userId, created_at: new Date().toISOString() } as const;
      if (await this.store.write(name, record, 0)) {
        await this.#create(userId);
        return userId;
      }
    }
    throw unavailable('The account is being made; try again in a moment.');
  }

  /** Does nothing where another request made it meanwhile. */
  async #create(userId: string): Promise<void> {
    const user: User = {
      v: 1,
      type: 'User',
      user_id: userId,
      email: null,
      role: 'user',
      password: null,
      created_at: new Date().toISOString(),
      disabled_at: null,
    };
    await this.store.write(keys.user(userId), user, 0);
  }
}

function issuerIn(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch {
    return undefined;
  }
}

/** No answer, one in no time, or one that is no JWK set. */
function isUnanswered(error: unknown): boolean {
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) return true;
  return !(error instanceof errors.JOSEError) ? error instanceof TypeError : error.code === 'ERR_JOSE_GENERIC';
}
