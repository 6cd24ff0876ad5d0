/**
 * What a chunk leaves of its tile, as text: its place in the picture and its rows. Merging is writing one behind the other, which needs the order and
 * nothing else: associative, not commutative.
 */
import type { Tile } from '@manyhands/proto/mandelbrot';

const END = ';';

/** `rows`: compressed, as `packRows` made them. */
export function pieceOf({ left, top, width, height }: Tile, rows: Uint8Array): string {
  return `${left} ${top} ${width} ${height} ${Buffer.from(rows).toString('base64')}${END}`;
}

/** Each piece of a merged text, in its order. */
export function* readPieces(pieces: string): Generator<{ tile: Tile; rows: Uint8Array }> {
  for (let from = 0, to = pieces.indexOf(END); to >= 0; from = to + 1, to = pieces.indexOf(END, from)) {
    const [left = '', top = '', width = '', height = '', rows = ''] = pieces.slice(from, to).split(' ');
    yield {
      tile: { left: Number(left), top: Number(top), width: Number(width), height: Number(height) },
      rows: Buffer.from(rows, 'base64'),
    };
  }
}
