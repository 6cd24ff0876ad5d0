/**
 * What time it is for the system. The clock of a browser may be off by days, and every "3 minutes ago" and "last 24 hours" would be with it. Each answer of the
 * gateway states when it was made.
 */

/** An answer states whole seconds, and may be under way for some; clocks this close to each other are taken for equal. */
const toleranceMs = 60_000;
let aheadMs = 0;

/**
 * Milliseconds that the system's clock is ahead of ours, from the `Date` of an answer that was asked for and that came at these times of ours; negative: behind. Null
 * where none is stated. Pure.
 */
export function aheadBy(date: string | null, askedMs: number, answeredMs: number): number | null {
  const theirs = Date.parse(date ?? '');
  if (Number.isNaN(theirs)) return null;
  const ahead = Math.max(0, theirs - answeredMs) + Math.min(0, theirs - askedMs);
  return Math.abs(ahead) < toleranceMs ? 0 : ahead;
}

/** A `fetch` whose answers tell the time. */
export function tellingTime(inner: typeof fetch): typeof fetch {
  return async (input, init) => {
    const askedMs = Date.now();
    const response = await inner(input, init);
    aheadMs = aheadBy(response.headers.get('date'), askedMs, Date.now()) ?? aheadMs;
    return response;
  };
}

/** Milliseconds since the epoch, by the system's clock as far as it is known. */
export function present(): number {
  return Date.now() + aheadMs;
}
