/** Puts the tiles together: the picture, as one PNG. */
import type { MandelbrotView } from '@manyhands/proto/mandelbrot';
import { MISSING } from './palette.ts';
import { packRows, pngOf, readRows } from './png.ts';
import { readPieces } from './piece.ts';

export interface Picture {
  width: number;
  height: number;
  /** The file, in base64. */
  png: string;
}

/** Tiles that are dead leave a hole. */
export function pictureOf({ width, height }: Pick<MandelbrotView, 'width' | 'height'>, pieces: string): Picture {
  const places = new Uint8Array(width * height).fill(MISSING);
  for (const { tile, rows } of readPieces(pieces))
    readRows(rows, tile.width, (row, index) => places.set(row, (tile.top + index) * width + tile.left));
  return { width, height, png: Buffer.from(pngOf({ width, height }, packRows(places, width))).toString('base64') };
}
