/**
 * Whether a page may open the WebSocket. Programs send no `Origin` and may; a browser always sends one, and it must be the
 * address the page's own request went to, or one the operator allowed.
 */
export function isOwnOrigin(origin: string | undefined, host: string | undefined, allowed: readonly string[]): boolean {
  if (origin === undefined || allowed.includes(origin)) return true;
  try {
    return host !== undefined && new URL(origin).host === new URL(`http://${host}`).host;
  } catch {
    return false;
  }
}
