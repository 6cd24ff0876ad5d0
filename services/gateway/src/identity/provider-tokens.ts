/** Access tokens of other providers: checked with the keys that the provider publishes, and turned into an account of ours. */
import { Inject, Injectable } from '@nestjs/common';
import type { Provider } from '@manyhands/proto/settings';
import { createRemoteJWKSet, decodeJwt, errors, jwtVerify, type JWTPayload } from 'jose';
import { CONFIG, type GatewayConfig } from '../config.ts';
import { unavailable } from '../edge/problem.ts';
import { ProviderAccounts } from './provider-accounts.ts';

/** Signatures with a public key only, so that no key that is published can make one. */
const algorithms = ['EdDSA', 'ES256', 'ES384', 'PS256', 'RS256'];
const keysAnsweredWithinMs = 3_000;
const clockToleranceSec = 5;

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
    @Inject(ProviderAccounts) private readonly accounts: ProviderAccounts,
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
    return { userId: await this.accounts.of(provider.issuer, payload.sub), untilMs: payload.exp! * 1_000 };
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
