/** Days of UTC, each named by its date, like `2026-11-28`. Pure. */
export const DAY_MS = 24 * 3_600_000;

/** How many days `[fromMs, toMs)` touches; 0 where it is empty. */
export function utcDayCount(fromMs: number, toMs: number): number {
  return toMs <= fromMs ? 0 : Math.floor((toMs - 1) / DAY_MS) - Math.floor(fromMs / DAY_MS) + 1;
}

/** The days that `[fromMs, toMs)` touches, oldest first. The caller bounds how many. */
export function utcDays(fromMs: number, toMs: number): string[] {
  const first = utcDayStart(utcDayOf(fromMs));
  return Array.from({ length: utcDayCount(fromMs, toMs) }, (_, index) => utcDayOf(first + index * DAY_MS));
}

export function utcDayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** Milliseconds since the epoch at which a day begins; the next one begins `24 h` later, since UTC has no summer time. */
export function utcDayStart(day: string): number {
  return Date.parse(`${day}T00:00:00Z`);
}

export function utcDayEnd(day: string): number {
  return utcDayStart(day) + DAY_MS;
}
