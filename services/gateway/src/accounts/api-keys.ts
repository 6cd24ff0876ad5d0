/** API keys: `mh_<id>_<secret>`, shown once and stored as a hash, for programs. Reads and writes `key.<id>` of bucket `identity`. */
import { Inject, Injectable } from '@nestjs/common';
import { keys, limits, SCOPES, type Scope } from '@manyhands/proto';
import { badRequest, invalidFields, notFound, Problem } from '../edge/problem.ts';
import { KEY_PREFIX } from '../identity/identification.ts';
import { IdentityStore } from '../identity/identity-store.ts';
import type { ApiKey } from '../identity/records.ts';
import { hashOf, newName, newSecret } from '../identity/secrets.ts';
import type { KeyBody } from './account-bodies.ts';

const day = 24 * 3_600_000;

@Injectable()
export class ApiKeys {
  constructor(@Inject(IdentityStore) private readonly store: IdentityStore) {}

  /** Of one user, newest first. Throws `unavailable`. */
  async of(userId: string): Promise<ApiKey[]> {
    await this.store.settle();
    return this.store
      .all('ApiKey')
      .filter((key) => key.user_id === userId)
      .toSorted((one, other) => (one.created_at < other.created_at ? 1 : -1));
  }

  /** Throws 400, 422, 429, and `unavailable`. */
  async create(userId: string, body: KeyBody): Promise<{ record: ApiKey; key: string }> {
    const now = new Date();
    const scopes = readScopes(body.scopes);
    const livesMs = readLife(body.expires_at, now.getTime());
    demandRoom(await this.of(userId));
    const secret = newSecret();
    const record: ApiKey = {
      v: 1,
      type: 'ApiKey',
      key_id: newName(8),
      user_id: userId,
      name: body.name,
      scopes,
      secret_sha256: hashOf(secret),
      created_at: now.toISOString(),
      expires_at: livesMs === undefined ? null : new Date(now.getTime() + livesMs).toISOString(),
      last_used_at: null,
    };
    await this.store.writeOneOf<'ApiKey'>(
      keys.apiKey(record.key_id),
      record,
      (earlier) => demandRoom(earlier.filter((key) => key.user_id === userId)),
      livesMs,
    );
    return { record, key: `${KEY_PREFIX}${record.key_id}_${secret}` };
  }

  /** Throws 404 for a key that is not of this user, and `unavailable`. */
  async revoke(userId: string, keyId: string): Promise<void> {
    const mine = await this.of(userId);
    if (!mine.some(({ key_id: id }) => id === keyId)) throw notFound('There is no such API key.');
    await this.store.remove(keys.apiKey(keyId));
    await this.store.settle();
  }
}

/** Throws 429 when those that are there leave none for another. */
function demandRoom(present: readonly ApiKey[]): void {
  if (present.length >= limits.keysMax)
    throw new Problem(429, `An account has at most ${limits.keysMax} API keys; revoke one first.`);
}

function readScopes(given: unknown): Scope[] {
  if (given === undefined) return ['read', 'write'];
  const isRight = Array.isArray(given) && given.length > 0 && given.every((scope) => SCOPES.includes(scope as Scope));
  if (!isRight) {
    const msg = `must be a list of one or more of ${SCOPES.join(', ')}`;
    throw invalidFields([{ loc: ['body', 'scopes'], msg, type: Array.isArray(given) ? 'enum' : 'list_type' }]);
  }
  return SCOPES.filter((scope) => given.includes(scope));
}

function readLife(until: string | undefined, nowMs: number): number | undefined {
  if (until === undefined) return undefined;
  const livesMs = Date.parse(until) - nowMs;
  if (livesMs <= 0 || livesMs > limits.keyDaysMax * day)
    throw badRequest(`expires_at must be in the future, and at most ${limits.keyDaysMax} days ahead.`);
  return livesMs;
}
