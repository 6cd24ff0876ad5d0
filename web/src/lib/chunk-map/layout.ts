/** Where each cell of a chunk map lies. One cell is one chunk up to 100,000 chunks; above that a cell stands for several. */

export interface CellLayout {
  cells: number;
  chunksPerCell: number;
  columns: number;
  rows: number;
  /** Device pixels from one row to the next, and from one column to the next (cells may be wider than tall). */
  rowPitch: number;
  columnPitch: number;
  gap: number;
  /** Device pixels of the whole map. */
  width: number;
  height: number;
}

export const cellCountMax = 100_000;

const cellSizeMax = 40;
/** Cells at least this large are stretched so that rows are even and fill the width. */
const stretchFrom = 14;
const heightMax = 300;
/** Many chunks may take more height, rather than be too small to see. */
const heightMaxDense = 460;
const denseBelow = 4;

/** Lays `total` chunks out in `widthPx` device pixels; `scale` is device pixels per CSS pixel. */
export function layoutCells(total: number, widthPx: number, scale: number): CellLayout {
  const chunksPerCell = Math.ceil(total / cellCountMax);
  const cells = Math.ceil(total / chunksPerCell);
  const width = Math.max(1, Math.floor(widthPx));
  let pitch = largestPitch(cells, width, heightMax * scale, cellSizeMax * scale);
  if (pitch < denseBelow * scale) pitch = largestPitch(cells, width, heightMaxDense * scale, denseBelow * scale);
  const fitting = Math.max(1, Math.floor(width / pitch));
  const rows = Math.ceil(cells / fitting);
  const stretched = pitch >= stretchFrom * scale;
  const columns = stretched ? Math.ceil(cells / rows) : Math.min(fitting, cells);
  const gap = gapOf(pitch, scale);
  // The last cell of a row needs no gap behind it.
  const columnPitch = stretched ? (width + gap) / columns : pitch;
  return {
    cells,
    chunksPerCell,
    columns,
    rows,
    rowPitch: pitch,
    columnPitch,
    gap,
    width: stretched ? width : columns * pitch - gap,
    height: rows * pitch - gap,
  };
}

/** The largest whole pitch at which all cells fit under `height`; 1 when none does. */
function largestPitch(cells: number, width: number, height: number, limit: number): number {
  for (let pitch = Math.floor(limit); pitch > 1; pitch -= 1) {
    const columns = Math.floor(width / pitch);
    if (columns > 0 && Math.ceil(cells / columns) * pitch <= height) return pitch;
  }
  return 1;
}

function gapOf(pitch: number, scale: number): number {
  if (pitch >= stretchFrom * scale) return Math.round(4 * scale);
  if (pitch >= 8 * scale) return Math.round(2 * scale);
  return pitch >= 3 ? Math.max(1, Math.round(scale * 0.75)) : 0;
}

export interface CellBox {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The box of one cell, on whole device pixels. */
export function cellBox(layout: CellLayout, cell: number): CellBox {
  const column = cell % layout.columns;
  const row = Math.floor(cell / layout.columns);
  const left = Math.round(column * layout.columnPitch);
  const right = Math.round((column + 1) * layout.columnPitch);
  return {
    x: left,
    y: row * layout.rowPitch,
    width: Math.max(1, right - left - layout.gap),
    height: Math.max(1, layout.rowPitch - layout.gap),
  };
}

/** The cell at a point in device pixels, or null between and beyond the cells. */
export function cellAt(layout: CellLayout, x: number, y: number): number | null {
  if (x < 0 || y < 0) return null;
  const column = Math.floor(x / layout.columnPitch);
  const cell = Math.floor(y / layout.rowPitch) * layout.columns + column;
  return column < layout.columns && cell < layout.cells ? cell : null;
}
