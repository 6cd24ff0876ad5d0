/**
 * Accounts: made by registering (or by the first start), found by address and password, changed by their user and by administrators.
 *
 * Invariant: an address belongs to one account, decided by creating its key. An account whose making was cut off between the two writes leaves an address
 * without an account, which the next one takes over. No order of an administrator leaves a system without one.
 */
import { Inject, Injectable } from '@nestjs/common';
import { keys, newUserId, UserId, type Role } from '@manyhands/proto';
import { conflict, invalidFields, notFound, Problem, unavailable } from '../edge/problem.ts';
import { IdentityStore, type Found } from '../identity/identity-store.ts';
import type { User } from '../identity/records.ts';
import { claimName, nameKey } from './account-names.ts';
import { ScheduleHalt } from '../schedule/schedule-halt.ts';
import { hashPassword, isOutdated, isPassword } from './password.ts';
import { Sessions } from './sessions.ts';

const triesMax = 10;

@Injectable()
export class Accounts {
  constructor(
    @Inject(IdentityStore) private readonly store: IdentityStore,
    @Inject(Sessions) private readonly sessions: Sessions,
    @Inject(ScheduleHalt) private readonly schedules: ScheduleHalt,
  ) {}

  /** Throws 409 for an address that has an account, and `unavailable`. */
  async register(email: string, password: string): Promise<User> {
    const hash = await hashPassword(password);
    const userId = newUserId();
    await claimName(this.store, email, userId);
    return this.create({ user_id: userId, email, role: 'user', password: hash });
  }

  /** Throws `unavailable`. */
  async create(given: Pick<User, 'user_id' | 'email' | 'role' | 'password'>): Promise<User> {
    const user: User = { v: 1, type: 'User', ...given, created_at: new Date().toISOString(), disabled_at: null };
    await this.store.write(keys.user(user.user_id), user, 0);
    return user;
  }

  /** Throws 401 with the same sentence, after the same time, whatever is wrong; and `unavailable`. */
  async byPassword(email: string, password: string): Promise<User> {
    const name = await this.store.read('UserName', nameKey(email));
    const found = name && (await this.store.read('User', keys.user(name.record.user_id)));
    const isRight = await isPassword(password, found?.record.password);
    if (found === undefined || !isRight || found.record.disabled_at !== null)
      throw new Problem(401, 'Address or password is wrong.');
    if (isOutdated(found.record.password ?? '')) await this.#renewHash(found, password);
    return found.record;
  }

  /**
   * An account without an address or a password gets them with this; a password alone would be good for no sign-in. Throws 401 for a wrong password, 409 for an address in use,
   * 422, and `unavailable`.
   */
  async changePassword(
    userId: string,
    given: { old?: string | undefined; next: string; email?: string | undefined },
  ): Promise<void> {
    const { record, revision } = await this.#read(userId);
    if (record.password !== null && !(await isPassword(given.old ?? '', record.password)))
      throw new Problem(401, 'The old password is wrong.');
    if (given.email !== undefined && record.email !== null && nameKey(record.email) !== nameKey(given.email))
      throw conflict('The address of an account cannot be changed.');
    const email = record.email ?? given.email;
    if (email === undefined)
      throw invalidFields([
        { loc: ['body', 'email'], msg: 'is missing: the account has no address to sign in with yet', type: 'missing' },
      ]);
    if (record.email === null) await claimName(this.store, email, userId);
    const changed = { ...record, email, password: await hashPassword(given.next) };
    if (!(await this.store.write(keys.user(userId), changed, revision)))
      throw conflict('The account was changed meanwhile; try again.');
  }

  /** Throws 404, and `unavailable`. */
  async get(userId: string): Promise<User> {
    return (await this.#read(userId)).record;
  }

  /** Newest first, after a cursor. Throws `unavailable`. */
  async page(limit: number, cursor: string | undefined): Promise<{ users: User[]; next: string | null }> {
    await this.store.settle();
    const users = this.store
      .all('User')
      .filter(({ user_id: id }) => cursor === undefined || id < cursor)
      .toSorted((one, other) => (one.user_id < other.user_id ? 1 : -1));
    const shown = users.slice(0, limit);
    return { users: shown, next: users.length > limit ? shown.at(-1)!.user_id : null };
  }

  /** Disabling ends the sessions, too, and halts the schedules. `by`: the administrator who orders it. Throws 404, 409, and `unavailable`. */
  async setDisabled(userId: string, disabled: boolean, by?: string): Promise<User> {
    const disabledAt = new Date().toISOString();
    const changed = await this.#changeBy(by, userId, (user) => ({
      ...user,
      disabled_at: disabled ? (user.disabled_at ?? disabledAt) : null,
    }));
    if (disabled) await this.sessions.endAll(userId);
    // As it is now: another administrator may have ordered the contrary meanwhile.
    await this.schedules.set(userId, (await this.#read(userId)).record.disabled_at !== null);
    await this.store.settle();
    return changed;
  }

  /** Takes the password away and ends the sessions; API keys stay good. Throws 404, and `unavailable`. */
  async clearPassword(userId: string): Promise<void> {
    await this.#change(userId, (user) => ({ ...user, password: null }));
    await this.sessions.endAll(userId);
    await this.store.settle();
  }

  /** `by`: the administrator who orders it. Throws 404, 409, and `unavailable`. */
  async setRole(userId: string, role: Role, by?: string): Promise<User> {
    const changed = await this.#changeBy(by, userId, (user) => ({ ...user, role }));
    await this.store.settle();
    return changed;
  }

  /** Who orders a change is an administrator when it is made, too: two that change each other at the same time would leave none. The later one is taken back. */
  async #changeBy(by: string | undefined, userId: string, change: (user: User) => User): Promise<User> {
    let before: User | undefined;
    const changed = await this.#change(userId, (user) => {
      before = user;
      return change(user);
    });
    if (by === undefined || isAdmin((await this.#read(by)).record)) return changed;
    const { role, disabled_at } = before!;
    await this.#change(userId, (user) => ({ ...user, role, disabled_at }));
    throw conflict('Your account was changed at the same time, and is no administrator any more. Nothing was changed by you.');
  }

  async #change(userId: string, change: (user: User) => User): Promise<User> {
    for (let tries = 0; tries < triesMax; tries += 1) {
      const { record, revision } = await this.#read(userId);
      const changed = change(record);
      if (await this.store.write(keys.user(userId), changed, revision)) return changed;
    }
    throw unavailable('The account changes too fast; try again in a moment.');
  }

  async #read(userId: string): Promise<Found<'User'>> {
    // Held against its form first: it may come from an address, and is part of a key.
    const found = UserId.safeParse(userId).success ? await this.store.read('User', keys.user(userId)) : undefined;
    if (found === undefined) throw notFound('There is no such account.');
    return found;
  }

  /** Losing this costs nothing: the next sign-in does it. */
  async #renewHash({ record, revision }: Found<'User'>, password: string): Promise<void> {
    await this.store.write(keys.user(record.user_id), { ...record, password: await hashPassword(password) }, revision);
  }
}

function isAdmin({ role, disabled_at: disabledAt }: User): boolean {
  return role === 'admin' && disabledAt === null;
}
