/**
 * The account of a subject of another provider; made when it is seen first.
 *
 * Invariant: it is that of issuer and subject, never that of an address: a provider that lets its users choose one would give them accounts of others.
 */
import { Inject, Injectable } from '@nestjs/common';
import { keys, newUserId } from '@manyhands/proto';
import { unavailable } from '../edge/problem.ts';
import { IdentityStore } from './identity-store.ts';
import type { User } from './records.ts';
import { hashOf } from './secrets.ts';

const triesMax = 5;

@Injectable()
export class ProviderAccounts {
  constructor(@Inject(IdentityStore) private readonly store: IdentityStore) {}

  /** Its id. Throws `unavailable`. */
  async of(issuer: string, subject: string): Promise<string> {
    const name = keys.userName(hashOf(JSON.stringify(['provider', issuer, subject])));
    const external = { issuer, subject };
    for (let tries = 0; tries < triesMax; tries += 1) {
      const known = await this.store.find('UserName', name);
      if (known !== undefined) {
        if ((await this.store.find('User', keys.user(known.user_id))) === undefined) await this.#create(known.user_id, external);
        return known.user_id;
      }
      const userId = newUserId();
      const record = { v: 1, type: 'UserName', user_id: userId, created_at: new Date().toISOString() } as const;
      if (await this.store.write(name, record, 0)) {
        await this.#create(userId, external);
        return userId;
      }
    }
    throw unavailable('The account is being made; try again in a moment.');
  }

  /** Does nothing where another request made it meanwhile. */
  async #create(userId: string, external: NonNullable<User['external']>): Promise<void> {
    const user: User = {
      v: 1,
      type: 'User',
      user_id: userId,
      email: null,
      role: 'user',
      password: null,
      created_at: new Date().toISOString(),
      disabled_at: null,
      external,
    };
    await this.store.write(keys.user(userId), user, 0);
  }
}
