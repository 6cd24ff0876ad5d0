/** The buttons and links of the page that name a key of their own, and whether single keys are on in this browser. */

export interface PageAction {
  name: string;
  key: string;
  element: HTMLElement;
}

/** Those that can be pressed now. Read from the page itself, so that what is listed is what is there. */
export function pageActions(): PageAction[] {
  return [...document.querySelectorAll<HTMLElement>('main [aria-keyshortcuts]')].flatMap((element) => {
    const key = element.getAttribute('aria-keyshortcuts');
    const isOff = element.getAttribute('aria-disabled') === 'true' || element.matches(':disabled');
    return key && !isOff && element.checkVisibility()
      ? [{ name: element.textContent.trim().replace(/\s+/g, ' '), key, element }]
      : [];
  });
}

const stored = 'manyhands-single-keys';

class Shortcuts {
  singles = $state(read());
  /** How the key that finds is written on this keyboard. */
  readonly findKey = /Mac|iP(hone|ad)/.test(navigator.platform) ? '⌘K' : 'Ctrl K';

  switchSingles(on: boolean): void {
    this.singles = on;
    try {
      localStorage.setItem(stored, on ? 'on' : 'off');
    } catch {
      // A browser that stores nothing: it holds for this page.
    }
  }
}

function read(): boolean {
  try {
    return globalThis.document === undefined || localStorage.getItem(stored) !== 'off';
  } catch {
    return true;
  }
}

export const shortcuts = new Shortcuts();
