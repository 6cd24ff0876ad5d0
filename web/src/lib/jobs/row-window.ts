/**
 * Which rows of a long list are put on the page: those in sight and a few beyond, so that a list of a thousand costs what one of thirty does.
 * Pure; all rows are equally high.
 */
export interface RowSight {
  /** Pixels from the list's top to the top of the window; negative while the list begins below it. */
  scrolled: number;
  /** Pixels of the window. */
  height: number;
  rowHeight: number;
  count: number;
}

/** Half-open `[begin, end)`. */
export interface RowWindow {
  begin: number;
  end: number;
}

/** Rows beyond either edge: the keyboard goes on from what is on the page, and quick scrolling shows no gap. */
export const rowsBeyond = 8;

export function rowWindow({ scrolled, height, rowHeight, count }: RowSight): RowWindow {
  const first = Math.floor(scrolled / rowHeight) - rowsBeyond;
  const last = Math.ceil((scrolled + height) / rowHeight) + rowsBeyond;
  const end = Math.min(count, Math.max(last, 2 * rowsBeyond));
  return { begin: Math.min(Math.max(0, first), Math.max(0, end - 2 * rowsBeyond)), end };
}
