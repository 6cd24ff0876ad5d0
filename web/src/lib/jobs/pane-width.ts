/** How wide the pane beside the list of jobs is, in CSS pixels. Pure. */

export const paneWidth = { least: 288, most: 720, usual: 352, step: 16 } as const;

export function fittingWidth(wanted: number): number {
  return Number.isFinite(wanted) ? Math.round(Math.min(Math.max(wanted, paneWidth.least), paneWidth.most)) : paneWidth.usual;
}

/** What a key on the separator makes of it: the pane is at the right, so its edge goes left to make it wider. Null for any other key. */
export function widthByKey(key: string, width: number): number | null {
  if (key === 'ArrowLeft') return fittingWidth(width + paneWidth.step);
  if (key === 'ArrowRight') return fittingWidth(width - paneWidth.step);
  if (key === 'Home') return paneWidth.least;
  if (key === 'End') return paneWidth.most;
  return null;
}

/** What this browser has kept, if it can be read. */
export function readWidth(kept: string | null): number {
  return kept === null || kept.trim() === '' ? paneWidth.usual : fittingWidth(Number(kept));
}
