/**
 * The cookie that holds the secret of a flow, and the page to show afterwards, while its user is at the provider. No script reads it, and it goes to the addresses of
 * providers only.
 *
 * `SameSite=Lax`: the provider sends the browser back by a link of its own site, and a strict cookie would stay behind.
 */
import type { IncomingMessage } from 'node:http';
import { parseCookie, stringifySetCookie } from 'cookie';

const FLOW_COOKIE = 'mh_provider';
/** Seconds in which a user must come back. */
const FLOW_SEC = 600;

interface BegunFlow {
  readonly secret: string;
  /** An address of the dashboard; empty: its first page. */
  readonly to: string;
}

/** Undefined where there is none, or one of another form. */
export function begunFlowIn({ headers }: IncomingMessage): BegunFlow | undefined {
  const [, secret, to] = /^([\w-]{43})\.(.*)$/.exec(parseCookie(headers.cookie ?? '')[FLOW_COOKIE] ?? '') ?? [];
  return secret === undefined || to === undefined ? undefined : { secret, to };
}

/** The header `Set-Cookie`. Without a flow it removes the cookie. */
export function flowCookie(flow: BegunFlow | undefined, isSecure: boolean): string {
  return stringifySetCookie({
    name: FLOW_COOKIE,
    value: flow === undefined ? '' : `${flow.secret}.${flow.to}`,
    path: '/v1/auth/providers',
    httpOnly: true,
    sameSite: 'lax',
    secure: isSecure,
    maxAge: flow === undefined ? 0 : FLOW_SEC,
  });
}
