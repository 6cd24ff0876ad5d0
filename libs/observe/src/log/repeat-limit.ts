/**
 * Which log lines are printed when one repeats. Pure: the time is given.
 *
 * Invariant: every line is printed or counted, and what is counted is stated once its window is over.
 */

/** Lines of one sentence that are printed within a window; the rest of them is counted. */
export const REPEATS_MAX = 20;
export const WINDOW_MS = 10_000;
/** Sentences remembered at a time; one more is printed without a limit. */
export const SENTENCES_MAX = 1_000;

interface Window {
  endsAtMs: number;
  printed: number;
  left: number;
}

export class RepeatLimit {
  readonly #windows = new Map<string, Window>();

  /** Whether a line is printed now. `first`: the first one that is not, of its window. */
  take(sentence: string, nowMs: number): 'print' | 'leave' | 'leave first' {
    const key = shapeOf(sentence);
    let window = this.#windows.get(key);
    if (window === undefined || window.endsAtMs <= nowMs) {
      if (window === undefined && this.#windows.size >= SENTENCES_MAX) this.#forget(nowMs);
      if (window === undefined && this.#windows.size >= SENTENCES_MAX) return 'print';
      // What the old window left is stated with it, not forgotten.
      window = { endsAtMs: nowMs + WINDOW_MS, printed: 0, left: window?.left ?? 0 };
      this.#windows.set(key, window);
    }
    if (window.printed < REPEATS_MAX) {
      window.printed += 1;
      return 'print';
    }
    window.left += 1;
    return window.left === 1 ? 'leave first' : 'leave';
  }

  /** How many lines like this were left out since it was last asked. */
  left(sentence: string): number {
    const window = this.#windows.get(shapeOf(sentence));
    if (window === undefined) return 0;
    const { left } = window;
    window.left = 0;
    return left;
  }

  #forget(nowMs: number): void {
    for (const [key, { endsAtMs, left }] of this.#windows) if (endsAtMs <= nowMs && left === 0) this.#windows.delete(key);
  }
}

/** Lines that differ in figures and ids alone are repeats of one sentence. */
function shapeOf(sentence: string): string {
  return sentence.replace(/\b[0-9a-f]{8,}(-[0-9a-f]{4,})*\b|\d+(\.\d+)?/gi, '#');
}
