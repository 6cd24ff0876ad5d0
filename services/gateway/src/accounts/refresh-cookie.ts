/**
 * The cookie that holds a browser's refresh token. No script reads it, no page of another site sends it, and it goes to `/v1/auth` only.
 *
 * `Secure` is set where the page that signs in was opened with https: behind a proxy that ends TLS only its `Origin` shows that, and on plain http a browser
 * would drop a secure cookie.
 */
import type { IncomingMessage } from 'node:http';
import { parseCookie, stringifySetCookie } from 'cookie';
import { SESSION_MS } from './refresh-token.ts';

const REFRESH_COOKIE = 'mh_refresh';

export function refreshTokenIn({ headers }: IncomingMessage): string | undefined {
  return parseCookie(headers.cookie ?? '')[REFRESH_COOKIE];
}

/** Whether the page that sends a request was opened with https. */
export function isFromHttps({ headers }: IncomingMessage): boolean {
  return headers.origin?.startsWith('https:') ?? false;
}

/** The header `Set-Cookie`. Without a token it removes the cookie. */
export function refreshCookie(token: string | undefined, isSecure: boolean): string {
  return stringifySetCookie({
    name: REFRESH_COOKIE,
    value: token ?? '',
    path: '/v1/auth',
    httpOnly: true,
    sameSite: 'strict',
    secure: isSecure,
    maxAge: token === undefined ? 0 : SESSION_MS / 1_000,
  });
}
