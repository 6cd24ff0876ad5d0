/**
 * What kind `mandelbrot` and the page that shows its picture agree on: which part of the plane a job looks at, and which tile is whose chunk. Imports
 * nothing, so that a browser can load it alone (`@manyhands/proto/mandelbrot`).
 */

/** Parameters as a user writes them; what is left out is that of `MANDELBROT`. */
export interface MandelbrotParams {
  /** The centre of the picture. */
  x?: number;
  y?: number;
  /** How many times larger than the whole set. */
  zoom?: number;
  /** Pixels. */
  width?: number;
  height?: number;
  /** Steps after which a point counts as one of the set. */
  iterations?: number;
}

/** Each parameter: what it is when left out, and its bounds. */
export const MANDELBROT = {
  x: { usual: -0.5, min: -4, max: 4 },
  y: { usual: 0, min: -4, max: 4 },
  // Further in, neighbours in the picture are the same number.
  zoom: { usual: 1, min: 0.1, max: 1e12 },
  width: { usual: 1_024, min: 16, max: 4_096 },
  height: { usual: 768, min: 16, max: 4_096 },
  iterations: { usual: 500, min: 10, max: 10_000 },
} as const satisfies Record<keyof MandelbrotParams, { usual: number; min: number; max: number }>;

export type MandelbrotView = Required<MandelbrotParams>;

/** Of the shorter side of the picture in the plane, at zoom 1: the whole set is in it. */
const WHOLE = 3;
/** A job of more chunks leaves no tiles as files while it runs: a job may have 10,000 files. */
const TILE_FILES_MAX = 4_096;
/** What each chunk leaves: a PNG of its own. */
export const TILE_FILE = 'tile.png';

export function viewOf(params: MandelbrotParams): MandelbrotView {
  const { x, y, zoom, width, height, iterations } = MANDELBROT;
  const usual = {
    x: x.usual,
    y: y.usual,
    zoom: zoom.usual,
    width: width.usual,
    height: height.usual,
    iterations: iterations.usual,
  };
  return { ...usual, ...params };
}

/** How far apart the points of two neighbouring pixels are. */
export function pixelStep({ zoom, width, height }: Pick<MandelbrotView, 'zoom' | 'width' | 'height'>): number {
  return WHOLE / (zoom * Math.min(width, height));
}

/** Pixels `left <= x < left + width`, `top <= y < top + height` of the picture. */
export interface Tile {
  left: number;
  top: number;
  width: number;
  height: number;
}

type Size = Pick<MandelbrotView, 'width' | 'height'>;

/**
 * The tile of a chunk. They are numbered row by row, from the top left.
 *
 * Invariant: together they cover the picture once. A tile is empty where there are more of them than pixels.
 */
export function tileOf({ width, height }: Size, index: number, total: number): Tile {
  const columns = columnsOf({ width, height }, total);
  const [column, row, rows] = [index % columns, Math.floor(index / columns), total / columns];
  const [left, top] = [edgeOf(width, column, columns), edgeOf(height, row, rows)];
  return { left, top, width: edgeOf(width, column + 1, columns) - left, height: edgeOf(height, row + 1, rows) - top };
}

/** The divisor of `total` that makes tiles nearest to squares. */
function columnsOf({ width, height }: Size, total: number): number {
  let best = 1;
  let bestLength = Infinity;
  for (let divisor = 1; divisor * divisor <= total; divisor += 1) {
    if (total % divisor !== 0) continue;
    for (const columns of [divisor, total / divisor]) {
      const [across, down] = [width / columns, (height * columns) / total];
      const length = Math.max(across, down) / Math.min(across, down);
      if (length < bestLength) [best, bestLength] = [columns, length];
    }
  }
  return best;
}

/** Of `count` parts of a length, where the one at `index` begins. */
function edgeOf(length: number, index: number, count: number): number {
  return Math.floor((length * index) / count);
}

/** Whether the chunks of such a job leave their tiles as files. */
export function leavesTiles(total: number): boolean {
  return total <= TILE_FILES_MAX;
}
