/** How long to wait before the next try at reaching the gateway. */
const firstMs = 500;
const longestMs = 15_000;

/**
 * Milliseconds before try number `attempt` (from 1): doubles up to 15 s. `luck` (0 to 1) moves it by up to a quarter either way, so
 * that the tabs of a restarted gateway do not all come back at once.
 */
export function backoffMs(attempt: number, luck: number): number {
  const doubled = Math.min(firstMs * 2 ** (Math.max(1, attempt) - 1), longestMs);
  return Math.round(doubled * (0.75 + 0.5 * luck));
}
