/** The width of the pane beside the list, as this browser keeps it. */
import { fittingWidth, readWidth } from './pane-width.ts';

const stored = 'manyhands-pane';

function kept(): string | null {
  try {
    return localStorage.getItem(stored);
  } catch {
    return null;
  }
}

class Pane {
  width = $state(readWidth(kept()));

  /** Kept once it is where its user wants it. */
  keep(width: number): void {
    this.width = fittingWidth(width);
    try {
      localStorage.setItem(stored, String(this.width));
    } catch {
      // A browser that stores nothing: it holds for this page.
    }
  }
}

export const pane = new Pane();
