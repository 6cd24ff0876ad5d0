/**
 * Sessions: opened by signing in, kept alive by refresh tokens, ended by signing out, by a refresh token that comes twice, and by time.
 *
 * Reads and writes `session.<id>` of bucket `identity`.
 */
import { Inject, Injectable, Logger } from '@nestjs/common';
import { keys, limits } from '@manyhands/proto';
import { Problem, unavailable } from '../edge/problem.ts';
import { IdentityStore } from '../identity/identity-store.ts';
import type { Session, User } from '../identity/records.ts';
import { hashOf, newName, newSecret } from '../identity/secrets.ts';
import { readRefreshToken, rotated, SESSION_MS } from './refresh-token.ts';

export interface Opened {
  user: User;
  sessionId: string;
  refreshToken: string;
}

const userAgentCharsMax = 200;
const triesMax = 10;

@Injectable()
export class Sessions {
  readonly #log = new Logger('identity');

  constructor(@Inject(IdentityStore) private readonly store: IdentityStore) {}

  /** Throws `unavailable`. */
  async open(user: User, userAgent: string | undefined): Promise<Opened> {
    const sessionId = newName(16);
    const secret = newSecret();
    const now = new Date();
    const session: Session = {
      v: 1,
      type: 'Session',
      session_id: sessionId,
      user_id: user.user_id,
      current: [hashOf(secret)],
      previous: [],
      rotated_at: now.toISOString(),
      created_at: now.toISOString(),
      expires_at: new Date(now.getTime() + SESSION_MS).toISOString(),
      user_agent: userAgent?.slice(0, userAgentCharsMax) ?? null,
    };
    await this.store.write(keys.session(sessionId), session, 0, SESSION_MS);
    await this.#endOldest(user.user_id);
    return { user, sessionId, refreshToken: `${sessionId}.${secret}` };
  }

  /** Throws 401 for a token that is not good, and `unavailable`. */
  async refresh(given: string | undefined): Promise<Opened> {
    const token = readRefreshToken(given);
    if (token === undefined) throw over();
    const key = keys.session(token.sessionId);
    for (let tries = 0; tries < triesMax; tries += 1) {
      const found = await this.store.read('Session', key);
      const user = found && (await this.store.read('User', keys.user(found.record.user_id)))?.record;
      if (found === undefined || user === undefined || user.disabled_at !== null) throw over();
      const secret = newSecret();
      const session = rotated(found.record, hashOf(token.secret), hashOf(secret), Date.now());
      if (session === undefined) {
        await this.store.remove(key);
        this.#log.warn('a refresh token came a second time, so it may be stolen: its session is ended');
        throw over();
      }
      if (await this.store.write(key, session, found.revision, SESSION_MS))
        return { user, sessionId: token.sessionId, refreshToken: `${token.sessionId}.${secret}` };
    }
    throw unavailable('The session changes too fast; try again in a moment.');
  }

  /** Ends the session that a refresh token belongs to, if it is good. Throws `unavailable`. */
  async endByToken(given: string | undefined): Promise<void> {
    const token = readRefreshToken(given);
    if (token === undefined) return;
    const found = await this.store.read('Session', keys.session(token.sessionId));
    const hash = hashOf(token.secret);
    if (found && [...found.record.current, ...found.record.previous].includes(hash)) await this.end(token.sessionId);
  }

  /** Throws `unavailable`. */
  async end(sessionId: string): Promise<void> {
    await this.store.remove(keys.session(sessionId));
    await this.store.settle();
  }

  /** Of one user, newest first. Throws `unavailable`. */
  async of(userId: string): Promise<Session[]> {
    await this.store.settle();
    return this.store
      .all('Session')
      .filter((session) => session.user_id === userId)
      .toSorted((one, other) => (one.created_at < other.created_at ? 1 : -1));
  }

  /** Ends all sessions of a user, but one. Throws `unavailable`. */
  async endAll(userId: string, but?: string): Promise<void> {
    const ended = (await this.of(userId)).filter(({ session_id: id }) => id !== but);
    await Promise.all(ended.map(({ session_id: id }) => this.store.remove(keys.session(id))));
    await this.store.settle();
  }

  async #endOldest(userId: string): Promise<void> {
    const tooMany = (await this.of(userId)).slice(limits.sessionsMax);
    await Promise.all(tooMany.map(({ session_id: id }) => this.store.remove(keys.session(id))));
  }
}

function over(): Problem {
  return new Problem(401, 'The session has ended; sign in again.');
}
