/**
 * Links that sign an account in, once, without its password: of the first start, and those that administrators make for others.
 *
 * Invariant: of one account the newest is good, and none once a password was chosen: a link that lies somewhere unused is no second way in.
 */
import { Inject, Injectable } from '@nestjs/common';
import { keys } from '@manyhands/proto';
import { Problem } from '../edge/problem.ts';
import { IdentityStore } from '../identity/identity-store.ts';
import type { User } from '../identity/records.ts';
import { hashOf, newSecret } from '../identity/secrets.ts';

@Injectable()
export class SignInLinks {
  constructor(@Inject(IdentityStore) private readonly store: IdentityStore) {}

  /** The secret of a new link, and until when it is good. Throws `unavailable`. */
  async create(userId: string, livesMs: number): Promise<{ secret: string; until: string }> {
    await this.revokeOf(userId);
    const secret = newSecret();
    const until = new Date(Date.now() + livesMs).toISOString();
    const record = { v: 1, type: 'SignInLink', user_id: userId, expires_at: until } as const;
    await this.store.write(keys.signInLink(hashOf(secret)), record, 0, livesMs);
    return { secret, until };
  }

  /** Those of an account are good no more. Throws `unavailable`. */
  async revokeOf(userId: string): Promise<void> {
    await this.store.settle();
    const own = this.store.keysOf('SignInLink', ({ user_id: of }) => of === userId);
    await Promise.all(own.map((key) => this.store.remove(key)));
  }

  /** Whose link it is; it is used up by this. Throws 401, and `unavailable`. */
  async use(secret: string): Promise<User> {
    const key = keys.signInLink(hashOf(secret));
    const found = await this.store.read('SignInLink', key);
    const isGood = found !== undefined && Date.parse(found.record.expires_at) > Date.now();
    const user = isGood ? (await this.store.read('User', keys.user(found.record.user_id)))?.record : undefined;
    if (!isGood || user === undefined || user.disabled_at !== null || !(await this.store.remove(key, found.revision)))
      throw new Problem(
        401,
        'The link was used, or is too old. Sign in with a password, or ask an administrator for another link; the first one is printed by a start of the gateway.',
      );
    return user;
  }
}
