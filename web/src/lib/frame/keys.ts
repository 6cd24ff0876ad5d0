/**
 * What a key means anywhere on a page. Pure.
 *
 * Single keys act only where nothing is typed and no dialog is open, and only while they are switched on: who dictates would press them without wanting to.
 * A key that is none of these belongs to the button or link of the page that names it in `aria-keyshortcuts`.
 */

export type KeyCommand =
  { do: 'find' | 'sheet' | 'search' | 'rail' | 'next' | 'previous' } | { do: 'go'; key: string } | { do: 'press'; key: string };

export interface KeyPress {
  key: string;
  /** Command on a Mac, Control elsewhere. */
  mod: boolean;
  /** Any other modifier but shift. */
  alt: boolean;
  /** Whether the key would write into a field, or choose in a list. */
  typing: boolean;
  /** Whether a dialog is open. */
  covered: boolean;
}

export interface KeyState {
  /** Whether single keys are switched on. */
  singles: boolean;
  /** Until when a `g` waits for its second key (milliseconds); 0: there is none. */
  goUntilMs: number;
}

/** Milliseconds in which the second key must follow `g`. */
export const goWithinMs = 1_500;

export interface KeyAnswer {
  command: KeyCommand | null;
  goUntilMs: number;
}

const own = {
  '?': { do: 'sheet' },
  '/': { do: 'search' },
  '[': { do: 'rail' },
  j: { do: 'next' },
  k: { do: 'previous' },
  c: { do: 'go', key: 'n' },
} as const satisfies Record<string, KeyCommand>;

export function answerTo(
  { key, mod, alt, typing, covered }: KeyPress,
  { singles, goUntilMs }: KeyState,
  nowMs: number,
): KeyAnswer {
  const answer = (command: KeyCommand | null): KeyAnswer => ({ command, goUntilMs: 0 });
  if (mod && !alt && key.toLowerCase() === 'k') return answer(covered ? null : { do: 'find' });
  if (mod || alt || typing || covered || !singles || key.length !== 1) return answer(null);
  if (nowMs < goUntilMs) return answer({ do: 'go', key: key.toLowerCase() });
  if (key === 'g') return { command: null, goUntilMs: nowMs + goWithinMs };
  return answer(Object.hasOwn(own, key) ? own[key as keyof typeof own] : { do: 'press', key });
}

/** The keys of the frame itself, as the sheet lists them. */
export function frameKeys(findKey: string): readonly { keys: readonly string[]; name: string }[] {
  return [
    { keys: [findKey], name: 'Find a job, a page or an action' },
    { keys: ['c'], name: 'New job' },
    { keys: ['/'], name: 'Search on this page' },
    { keys: ['j'], name: 'Next job of a list' },
    { keys: ['k'], name: 'Job before it' },
    { keys: ['x'], name: 'Select the job of a list' },
    { keys: ['i'], name: 'Show it beside the list' },
    { keys: ['['], name: 'Narrow or widen the navigation' },
    { keys: ['?'], name: 'These keys' },
  ];
}
