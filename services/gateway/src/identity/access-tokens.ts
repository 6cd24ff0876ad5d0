/**
 * Access tokens: signed, good for ten minutes, and only as long as the session they name is there.
 *
 * They state who and which session, and nothing that may change: role and whether the account may be used are read at each request.
 */
import { Inject, Injectable } from '@nestjs/common';
import { OWN_ISSUER } from '@manyhands/proto/settings';
import { errors, jwtVerify, SignJWT } from 'jose';
import { ALGORITHM, SigningKeys } from './signing-keys.ts';

/** Seconds an access token is good. */
export const ACCESS_SEC = 600;
/** Seconds that the clocks of two gateways may differ. */
const clockToleranceSec = 5;
const tokenType = 'at+jwt';
/** Checking a signature costs 0.1 ms of a core or more, and a client sends the same token many times. */
const rememberedMax = 10_000;

export interface AccessClaims {
  readonly userId: string;
  readonly sessionId: string;
  readonly untilMs: number;
}

@Injectable()
export class AccessTokens {
  readonly #checked = new Map<string, AccessClaims>();

  constructor(@Inject(SigningKeys) private readonly signingKeys: SigningKeys) {}

  /** Throws `unavailable`. */
  async sign({ userId, sessionId }: Omit<AccessClaims, 'untilMs'>): Promise<string> {
    const { keyId, key } = await this.signingKeys.current();
    return new SignJWT({ sid: sessionId })
      .setProtectedHeader({ alg: ALGORITHM, typ: tokenType, kid: keyId })
      .setSubject(userId)
      .setIssuer(OWN_ISSUER)
      .setAudience(OWN_ISSUER)
      .setIssuedAt()
      .setExpirationTime(`${ACCESS_SEC}s`)
      .sign(key);
  }

  /** Undefined for a token that is not good. Throws `unavailable`. */
  async check(token: string): Promise<AccessClaims | undefined> {
    const remembered = this.#checked.get(token);
    const claims = remembered ?? (await this.#verify(token));
    if (claims === undefined) return undefined;
    if (claims.untilMs + clockToleranceSec * 1_000 <= Date.now()) {
      this.#checked.delete(token);
      return undefined;
    }
    if (remembered === undefined) this.#remember(token, claims);
    return claims;
  }

  async #verify(token: string): Promise<AccessClaims | undefined> {
    try {
      const { payload } = await jwtVerify(
        token,
        async ({ kid }) => {
          const key = kid === undefined ? undefined : await this.signingKeys.checking(kid);
          if (key === undefined) throw new errors.JWKSNoMatchingKey();
          return key;
        },
        {
          algorithms: [ALGORITHM],
          typ: tokenType,
          issuer: OWN_ISSUER,
          audience: OWN_ISSUER,
          clockTolerance: clockToleranceSec,
          maxTokenAge: ACCESS_SEC,
          requiredClaims: ['sub', 'sid', 'iat', 'exp'],
        },
      );
      const { sub, sid, exp } = payload;
      if (typeof sub !== 'string' || typeof sid !== 'string') return undefined;
      return { userId: sub, sessionId: sid, untilMs: exp! * 1_000 };
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  }

  #remember(token: string, claims: AccessClaims): void {
    if (this.#checked.size >= rememberedMax) this.#checked.delete(this.#checked.keys().next().value!);
    this.#checked.set(token, claims);
  }
}
