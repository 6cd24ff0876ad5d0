/**
 * Distinguishes a browser that opens a page from a program that asks for JSON, where both use the same address: `/jobs` and `/jobs/<id>` are pages of the dashboard, and
 * routes of `compat/`. Pure.
 */

// Programs do not ask for HTML: curl and fetch send `*/*`.
/** Whether this request opens a page, although a route has the address. */
export function isPageVisit(method: string, path: string, accept: string | undefined): boolean {
  return (method === 'GET' || method === 'HEAD') && /^\/jobs(\/[^/]+)?$/.test(path) && /\btext\/html\b/i.test(accept ?? '');
}
