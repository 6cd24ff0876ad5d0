/** Which page is shown to whom, and where signing in leads back to. Pure. */

/** Whether it is known who looks: not yet; there are no accounts; nobody is signed in; somebody is. */
export type Standing = 'asking' | 'open' | 'out' | 'in';

export type Gate = 'wait' | 'show' | 'sign in' | 'admins only';

const openToAll = new Set(['/', '/welcome', '/sign-in', '/register']);

export function gateOf(standing: Standing, isAdmin: boolean, path: string): Gate {
  if (standing === 'asking') return 'wait';
  const plain = path.length > 1 ? path.replace(/(?<!\/)\/+$/, '') : path;
  if (standing === 'out') return openToAll.has(plain) || /^\/docs(\/|$)/.test(plain) ? 'show' : 'sign in';
  return isAdmin || !/^\/(operations|workers)(\/|$)/.test(plain) ? 'show' : 'admins only';
}

/** The address of the sign-in page, which leads back to `from`. */
export function signInAddress(from: string, reason?: 'ended'): string {
  const query = new URLSearchParams({ ...(from !== '/' && { to: from }), ...(reason && { why: reason }) }).toString();
  return query === '' ? '/sign-in' : `/sign-in?${query}`;
}

/** Where to go after signing in: a page of this dashboard, whatever the address bar holds. */
export function pageAfter(to: string | null): string {
  if (to === null || !to.startsWith('/')) return '/';
  const own = 'http://page.invalid';
  if (!URL.canParse(to, own)) return '/';
  const { origin, pathname, search, hash } = new URL(to, own);
  // `/.//elsewhere.example` has a path that is another host where it is opened.
  if (origin !== own || pathname.startsWith('//') || ['/sign-in', '/register'].includes(pathname)) return '/';
  return pathname + search + hash;
}
