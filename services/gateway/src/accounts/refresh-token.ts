/**
 * What becomes of a session when a refresh token comes in.
 *
 *   current ──used──▶ previous ──used within 10 s──▶ another current one (an answer was lost, or two tabs asked at once)
 *                        └──used later──▶ stolen: the session ends, for thief and owner alike
 *
 * Invariant: each use gives a new token, and the newest `currentMax` are good. The tabs of a browser that ask with one token at once do not end the session:
 * they share the cookie, so what the last answer set is used next. Pure.
 */
import type { Session } from '../identity/records.ts';
import { sameHash } from '../identity/secrets.ts';

/** Milliseconds in which a token may come twice. */
const GRACE_MS = 10_000;
/** Milliseconds that a session lives after its last refresh. */
export const SESSION_MS = 30 * 24 * 3_600_000;
/** Tokens that are good at the same time. */
const currentMax = 8;
/** Those that one session remembers: no browser has as many tabs. */
const previousMax = 500;

/** The session afterwards, or undefined: it must end. `given` and `next` are hashes. */
export function rotated(session: Session, given: string, next: string, nowMs: number): Session | undefined {
  const extended = { expires_at: new Date(nowMs + SESSION_MS).toISOString() };
  if (session.current.some((hash) => sameHash(hash, given)))
    return { ...session, ...extended, current: [next], previous: session.current, rotated_at: new Date(nowMs).toISOString() };
  const isRepeat = nowMs - Date.parse(session.rotated_at) < GRACE_MS && session.previous.some((hash) => sameHash(hash, given));
  if (!isRepeat || session.previous.length >= previousMax) return undefined;
  const current = [...session.current, next];
  const previous = [...session.previous, ...current.splice(0, current.length - currentMax)];
  return { ...session, ...extended, current, previous };
}

/** A refresh token names its session: `<session>.<secret>`. */
export function readRefreshToken(text: string | undefined): { sessionId: string; secret: string } | undefined {
  const [, sessionId, secret] = /^([0-9a-f]{32})\.([\w-]{43})$/.exec(text ?? '') ?? [];
  return sessionId !== undefined && secret !== undefined ? { sessionId, secret } : undefined;
}
