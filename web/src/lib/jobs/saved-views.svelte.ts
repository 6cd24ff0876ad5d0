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
    this.#keep((views) => withView(views, view));
  }

  remove(name: string): void {
    this.#keep((views) => views.filter((view) => view.name !== name));
  }

  #keep(change: (views: readonly SavedView[]) => readonly SavedView[]): void {
    // Another tab may have changed them since they were read here.
    const now = kept();
    this.all = change(now === null ? this.all : readViews(now));
    try {
      localStorage.setItem(stored, JSON.stringify(this.all));
    } catch {
      // A browser that stores nothing: they hold for this page.
    }
  }
}

export const savedViews = new SavedViews();
