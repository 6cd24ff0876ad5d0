/**
 * Light or dark, as chosen in this browser, and put on `<html>`, where the style sheet reads it; `static/theme.js` does the same before the first paint.
 *
 * Rejected: the package `mode-watcher`, with which each first visit loaded copies of two other packages.
 */
type Shade = 'light' | 'dark';

/** As that package named it: what users chose stays chosen. */
const key = 'mode-watcher-mode';
/** Nothing while the site is built, where there is no page. */
const root = globalThis.document?.documentElement;

function stored(): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

class Mode {
  current = $state<Shade>(root === undefined || root.classList.contains('dark') ? 'dark' : 'light');

  constructor() {
    // As another tab of this browser has it.
    globalThis.window?.addEventListener('storage', (event) => {
      if (event.key === key && (event.newValue === 'light' || event.newValue === 'dark')) this.#show(event.newValue);
    });
    // As the system of a user who chose that, in an earlier release.
    globalThis.matchMedia?.('(prefers-color-scheme: light)').addEventListener('change', ({ matches }) => {
      if (stored() === 'system') this.#show(matches ? 'light' : 'dark');
    });
  }

  readonly toggle = (): void => {
    const next = this.current === 'dark' ? 'light' : 'dark';
    this.#show(next);
    try {
      localStorage.setItem(key, next);
    } catch {
      // A browser that stores nothing: it holds for this page.
    }
  };

  /** All at once: a page whose parts fade one by one is neither light nor dark for a while. */
  #show(shade: Shade): void {
    root.classList.add('at-once');
    root.classList.toggle('dark', shade === 'dark');
    root.style.colorScheme = shade;
    this.current = shade;
    requestAnimationFrame(() => root.classList.remove('at-once'));
  }
}

export const mode = new Mode();
