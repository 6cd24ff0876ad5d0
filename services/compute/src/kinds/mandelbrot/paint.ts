/**
 * Paints one tile: for each pixel, how soon the point behind it leaves the circle around the set.
 *
 * Invariant: the bytes depend on the view and the pixel alone: not on the tile, the machine or the run. Only + - * / and square roots are used, which
 * IEEE 754 defines to the last bit; `Math.log` is not among them, so the logarithm is our own.
 */
import { type MandelbrotView, pixelStep, type Tile } from '@manyhands/proto/mandelbrot';
import { COLOURS, INSIDE } from './palette.ts';

/** Square of the radius at which a point has left: a large one, so that the colours have no steps. */
const FAR = 2 ** 16;
/** Of the palette, for each unit of the root of the time: wide stripes far out, narrow ones near the set. */
const SPREAD = 48;
/** Where the way round the palette begins, so that what is far out is dark. */
const SHIFT = COLOURS - 84;

/** Places in the palette, row by row. Stops early, with what it has, when `stopped()` is true: it is asked after each row. */
export function paintTile(view: MandelbrotView, tile: Tile, stopped: () => boolean = () => false): Uint8Array {
  const places = new Uint8Array(tile.width * tile.height);
  const step = pixelStep(view);
  const [left, top] = [tile.left + 0.5 - view.width / 2, view.height / 2 - tile.top - 0.5];
  for (let row = 0, at = 0; row < tile.height && !stopped(); row += 1) {
    const y = view.y + (top - row) * step;
    for (let column = 0; column < tile.width; column += 1, at += 1)
      places[at] = placeOf(view.x + (left + column) * step, y, view.iterations);
  }
  return places;
}

/** The place in the palette of one point of the plane. */
export function placeOf(x: number, y: number, iterations: number): number {
  if (isInBulb(x, y)) return INSIDE;
  let [a, b, aa, bb] = [0, 0, 0, 0];
  for (let taken = 0; taken < iterations; taken += 1) {
    b = 2 * a * b + y;
    a = aa - bb + x;
    aa = a * a;
    bb = b * b;
    if (aa + bb > FAR) return colourOf(taken, aa + bb);
  }
  return INSIDE;
}

/** The two largest parts of the set, by their formulas: their points would take all the steps there are. */
function isInBulb(x: number, y: number): boolean {
  const [right, yy] = [x - 0.25, y * y];
  const q = right * right + yy;
  return q * (q + right) <= 0.25 * yy || (x + 1) * (x + 1) + yy <= 0.0625;
}

/** `square`: of the distance when it had left. How far it overshot makes the time a fraction, and the colours smooth. */
function colourOf(taken: number, square: number): number {
  const time = taken + 2 - log2(log2(square) / 16);
  return 1 + ((Math.floor(Math.sqrt(time) * SPREAD) + SHIFT) % COLOURS);
}

/** For numbers from 1, to seven digits. */
function log2(value: number): number {
  let power = 0;
  let rest = value;
  while (rest >= 2) {
    rest *= 0.5;
    power += 1;
  }
  const t = (rest - 1) / (rest + 1);
  const tt = t * t;
  return power + 2.8853900817779268 * t * (1 + tt * (1 / 3 + tt * (1 / 5 + tt * (1 / 7 + (tt * 1) / 9))));
}
