/** Filters of the list of jobs that this browser keeps under a name. */
import { readViews, withView, type SavedView } from './view-names.ts';

const stored = 'manyhands-views';

function kept(): string | null {
  try {
    return localStorage.getItem(stored);
  } catch {
    return null;
  }
}

class SavedViews {
  all = $state.raw<readonly SavedView[]>(readViews(kept()));

  save(view: SavedView): void {
    this.#keep(withView(this.all, view));
  }

  remove(name: string): void {
    this.#keep(this.all.filter((view) => view.name !== name));
  }

  #keep(views: readonly SavedView[]): void {
    this.all = views;
    try {
      localStorage.setItem(stored, JSON.stringify(views));
    } catch {
      // A browser that stores nothing: they hold for this page.
    }
  }
}

export const savedViews = new SavedViews();
