/**
 * Which part of a job's time its lanes show. Pure.
 *
 * Invariant: a window is within the job's time, and not shorter than `windowMsMin`; one that follows ends where the job is now.
 */

export interface LaneWindow {
  fromMs: number;
  toMs: number;
  /** Its end moves with the job. */
  follows: boolean;
}

export const windowMsMin = 20;

/** All of it. */
export function wholeWindow(endMs: number): LaneWindow {
  return { fromMs: 0, toMs: Math.max(windowMsMin, endMs), follows: true };
}

/** Where the window is once the job is at `endMs`. One that shows all of it grows with it. */
export function atEnd(window: LaneWindow, endMs: number): LaneWindow {
  const end = Math.max(windowMsMin, endMs);
  if (!window.follows) return window;
  return window.fromMs === 0
    ? { ...window, toMs: end }
    : within(end - (window.toMs - window.fromMs), window.toMs - window.fromMs, end, true);
}

/** Zoomed around a time, which stays where it is. `factor` below 1 shows less. */
export function zoomed({ fromMs, toMs, follows }: LaneWindow, factor: number, atMs: number, endMs: number): LaneWindow {
  const length = (toMs - fromMs) * factor;
  const from = atMs - (atMs - fromMs) * factor;
  return within(from, length, endMs, follows);
}

/** Moved, by Infinity to an end; it follows when it comes to the end, and not before. */
export function moved({ fromMs, toMs }: LaneWindow, byMs: number, endMs: number): LaneWindow {
  return within(fromMs + byMs, toMs - fromMs, endMs, true);
}

/** The least move that shows a time. */
export function showing(window: LaneWindow, fromMs: number, toMs: number, endMs: number): LaneWindow {
  if (fromMs < window.fromMs) return moved(window, fromMs - window.fromMs, endMs);
  return toMs > window.toMs ? moved(window, Math.min(toMs - window.toMs, fromMs - window.fromMs), endMs) : window;
}

function within(fromMs: number, lengthMs: number, endMs: number, mayFollow: boolean): LaneWindow {
  const end = Math.max(windowMsMin, endMs);
  const length = Math.min(end, Math.max(windowMsMin, lengthMs));
  const from = Math.min(Math.max(0, fromMs), end - length);
  return { fromMs: from, toMs: from + length, follows: mayFollow && from + length >= end - 1e-6 };
}

const steps = [1, 2, 5];

/** Times for a scale of at most `most` marks: each a round number of milliseconds, seconds or minutes. */
export function marksOf({ fromMs, toMs }: LaneWindow, most: number): number[] {
  const least = (toMs - fromMs) / Math.max(1, most);
  const step = stepOf(least);
  const first = Math.ceil(fromMs / step);
  return Array.from({ length: Math.max(0, Math.floor(toMs / step) - first + 1) }, (_, at) => (first + at) * step);
}

function stepOf(leastMs: number): number {
  if (leastMs > 30_000) {
    const minutes = [1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 1_440].find((each) => each * 60_000 >= leastMs);
    return 60_000 * (minutes ?? Math.ceil(leastMs / 86_400_000) * 1_440);
  }
  if (leastMs > 5_000) return leastMs > 15_000 ? 30_000 : leastMs > 10_000 ? 15_000 : 10_000;
  const power = 10 ** Math.floor(Math.log10(Math.max(1, leastMs)));
  return power * (steps.find((each) => each * power >= leastMs) ?? 10);
}

/** `0`, `250 ms`, `1.5 s`, `10 s`, `1 min 30 s`, `2 h`: of a mark, whose digits are all there are. */
export function markName(ms: number): string {
  if (ms === 0) return '0';
  if (ms < 1_000) return `${ms} ms`;
  if (ms < 60_000) return `${ms / 1_000} s`;
  const parts = { h: Math.floor(ms / 3_600_000), min: Math.floor(ms / 60_000) % 60, s: (ms % 60_000) / 1_000 };
  return Object.entries(parts)
    .flatMap(([unit, value]) => (value === 0 ? [] : [`${value} ${unit}`]))
    .join(' ');
}
