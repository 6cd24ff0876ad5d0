/** Filters of the list of jobs under a name. Pure. */
import { statusNames } from './status.ts';
import { filterAddress, filterOf, type ListFilter } from './filter-address.ts';

export interface SavedView {
  name: string;
  /** Of the list, as `filterAddress` writes it. */
  address: string;
}

export const savedViewsMax = 20;
export const viewNameCharsMax = 40;

/** A name for a filter, of what it filters by. */
export function nameOf({ status, kind, tag, text }: ListFilter): string {
  return [status && statusNames[status], kind, tag, text?.trim()].filter(Boolean).join(' · ').slice(0, viewNameCharsMax);
}

/** The views with one more; one of the same name or the same address is replaced. */
export function withView(views: readonly SavedView[], view: SavedView): SavedView[] {
  return [...views.filter(({ name, address }) => name !== view.name && address !== view.address), view].slice(-savedViewsMax);
}

/** What a browser kept, as far as it can be read. */
export function readViews(text: string | null): SavedView[] {
  try {
    const kept = JSON.parse(text ?? '[]') as unknown;
    if (!Array.isArray(kept)) return [];
    return kept.flatMap((each: Partial<SavedView> | null) => {
      if (typeof each?.name !== 'string' || typeof each.address !== 'string') return [];
      const address = filterAddress(filterOf(new URLSearchParams(each.address.split('?')[1])));
      const name = each.name.trim().slice(0, viewNameCharsMax);
      return name === '' || address === '/jobs' ? [] : [{ name, address }];
    });
  } catch {
    return [];
  }
}
