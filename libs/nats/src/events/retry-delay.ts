/** Milliseconds until an event comes again: doubling from one second to one minute, spread by a quarter. */
export function retryDelayMs(delivery: number, random: () => number = Math.random): number {
  const delayMs = Math.min(60_000, 1_000 * 2 ** Math.min(delivery - 1, 10));
  return Math.round(delayMs * (0.75 + random() / 2));
}
