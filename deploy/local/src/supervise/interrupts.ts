/**
 * What a Ctrl-C means. Pure.
 *
 * The first one drains, a later one forces. npm passes the terminal's signal on to a process that already had it, so one
 * key press arrives as two or three signals within a moment: signals close to the first are the same key press.
 */
export const SAME_PRESS_MS = 1_000;

export type InterruptMeaning = 'drain' | 'force' | 'same-press';

/** `firstAtMs` is when the first signal came, undefined for the first itself. */
export function meaningOfInterrupt(firstAtMs: number | undefined, nowMs: number): InterruptMeaning {
  if (firstAtMs === undefined) return 'drain';
  return nowMs - firstAtMs < SAME_PRESS_MS ? 'same-press' : 'force';
}
