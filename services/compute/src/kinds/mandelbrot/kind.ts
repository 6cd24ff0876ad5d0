/** Kind `mandelbrot`: a picture of the Mandelbrot set, painted in tiles that are put together in their order. */
import { ComputeRefused, defineTask } from '@manyhands/worker/task';
import {
  leavesTiles,
  MANDELBROT,
  type MandelbrotParams,
  type MandelbrotView,
  type Tile,
  TILE_FILE,
  tileOf,
  viewOf,
} from '@manyhands/proto/mandelbrot';
import { type Picture, pictureOf } from './finish.ts';
import { paintTile } from './paint.ts';
import { packRows, pngOf } from './png.ts';
import { pieceOf } from './piece.ts';

const { x, y, zoom, width, height, iterations } = MANDELBROT;

/** `view` is the whole picture, of which the chunk paints `tile`. */
export interface TileOfView {
  view: MandelbrotView;
  tile: Tile;
}

export const mandelbrot = defineTask<MandelbrotParams, TileOfView, string, MandelbrotParams, unknown, Picture | string>({
  name: 'mandelbrot',
  title: 'Paint the Mandelbrot set',
  description:
    'Paints a part of the Mandelbrot set, a tile in each chunk. The picture grows on the page of the job, where a click zooms in; the result is a PNG.',
  params: {
    type: 'object',
    properties: {
      width: pixels(width, 'Width', 'Pixels across, from 16 to 4,096.'),
      height: pixels(height, 'Height', 'Pixels down, from 16 to 4,096.'),
      zoom: field(zoom, 'Zoom', 'How many times larger than the whole set: from 0.1 to 10^12.'),
      x: field(x, 'Centre, across', 'The real part of the point in the middle of the picture.'),
      y: field(y, 'Centre, up', 'The imaginary part of the point in the middle of the picture.'),
      iterations: pixels(
        iterations,
        'Steps',
        'How long each point is followed, from 10 to 10,000. More steps show finer detail far in, and take longer.',
      ),
    },
    additionalProperties: false,
  },
  example: { width: 320, height: 240, zoom: 1, x: -0.5, y: 0, iterations: 500 },
  chunks: 48,
  split: splitTiles,
  async compute({ view, tile }, { signal, file, total }) {
    if (tile.width === 0 || tile.height === 0) return '';
    const rows = packRows(
      paintTile(view, tile, () => signal.aborted),
      tile.width,
    );
    // What the page shows before the picture is whole. Invariant: the bytes are the same in every run, so a second one changes nothing.
    if (leavesTiles(total)) await file(TILE_FILE, pngOf(tile, rows), 'image/png');
    return pieceOf(tile, rows);
  },
  ordered: true,
  merge: (left, right) => left + right,
  finish: (pieces, params) => pictureOf(viewOf(params), pieces),
});

export function splitTiles(params: MandelbrotParams, index: number, total: number): TileOfView {
  const view = viewOf(params);
  for (const [name, { min, max }] of Object.entries(MANDELBROT)) {
    const value = view[name as keyof MandelbrotView];
    if (typeof value !== 'number' || !(value >= min && value <= max))
      throw new ComputeRefused(`${name} must be a number from ${min} to ${max}`);
  }
  for (const name of ['width', 'height', 'iterations'] as const)
    if (!Number.isInteger(view[name])) throw new ComputeRefused(`${name} must be a whole number`);
  return { view, tile: tileOf(view, index, total) };
}

interface Bounds {
  usual: number;
  min: number;
  max: number;
}

function field({ usual, min, max }: Bounds, title: string, description: string): object {
  return { title, description, type: 'number', minimum: min, maximum: max, default: usual };
}

function pixels({ usual, min, max }: Bounds, title: string, description: string): object {
  return { title, description, type: 'integer', minimum: min, maximum: max, default: usual };
}
