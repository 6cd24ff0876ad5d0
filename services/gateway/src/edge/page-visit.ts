/**
 * Distinguishes a browser that opens a page from a program that asks for JSON, where both use the same address: `/jobs` and `/jobs/<id>` are pages of the dashboard, and
 * routes of `compat/`. Pure.
 */

// Programs do not ask for HTML: curl and fetch send `*/*`.
/** Whether this request opens a page, although a route has the address. */
export function isPageVisit(method: string, path: string, accept: string | undefined): boolean {
  return (method === 'GET' || method === 'HEAD') && /^\/jobs(\/[^/]+)?$/.test(path) && /\btext\/html\b/i.test(accept ?? '');
}

const room = '/pages';

/** Where such a visit is sent, for no route of `compat/` to take it. */
export function visitTarget(path: string): string {
  return room + path;
}

/** The page that was asked for, of what comes to the dashboard. */
export function visitedPath(path: string): string {
  return path.startsWith(`${room}/`) ? path.slice(room.length) : path;
}
