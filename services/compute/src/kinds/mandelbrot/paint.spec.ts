import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { MANDELBROT, type MandelbrotView, tileOf, viewOf } from '@manyhands/proto/mandelbrot';
import { COLOURS, INSIDE, MISSING, PALETTE } from './palette.ts';
import { paintTile, placeOf } from './paint.ts';

const within = ({ min, max }: { min: number; max: number }) => fc.double({ min, max, noNaN: true });
const view = fc.record({
  x: within({ min: -2, max: 1 }),
  y: within({ min: -1.2, max: 1.2 }),
  zoom: fc.double({ min: 0, max: 12, noNaN: true }).map((power) => 10 ** power),
  width: fc.integer({ min: 16, max: 40 }),
  height: fc.integer({ min: 16, max: 40 }),
  iterations: fc.integer({ min: 10, max: 200 }),
});

const whole = ({ width, height }: MandelbrotView) => ({ left: 0, top: 0, width, height });

/** The tiles of a picture, put together. */
function inTiles(of: MandelbrotView, total: number): Uint8Array {
  const places = new Uint8Array(of.width * of.height).fill(MISSING);
  for (let index = 0; index < total; index += 1) {
    const tile = tileOf(of, index, total);
    const painted = paintTile(of, tile);
    for (let row = 0; row < tile.height; row += 1)
      places.set(painted.subarray(row * tile.width, (row + 1) * tile.width), (tile.top + row) * of.width + tile.left);
  }
  return places;
}

describe('a tile', () => {
  it('is what the whole picture has in its place, in any number of tiles', () => {
    fc.assert(
      fc.property(view, fc.integer({ min: 1, max: 100 }), (of, total) => {
        expect(Buffer.compare(inTiles(of, total), paintTile(of, whole(of)))).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  it('has a colour for every point that leaves, and never that of a missing tile', () => {
    fc.assert(
      fc.property(within(MANDELBROT.x), within(MANDELBROT.y), fc.integer({ min: 10, max: 500 }), (x, y, iterations) => {
        const place = placeOf(x, y, iterations);
        expect(place === INSIDE || (place >= 1 && place <= COLOURS)).toBe(true);
        // Away from the circle of radius 2 nothing is in the set; the mirror image is the same.
        if (x * x + y * y > 4) expect(place).not.toBe(INSIDE);
        expect(placeOf(x, -y, iterations)).toBe(place);
      }),
    );
  });

  it.each([
    [0, 0],
    [-1, 0],
    [-0.1226, 0.7449],
    [-1.7549, 0],
    [-2, 0],
    [0, 1],
  ])('%d + %di is in the set', (x, y) => {
    expect(placeOf(x, y, 10_000)).toBe(INSIDE);
  });

  it.each([
    [0.26, 0],
    [-2.001, 0],
    [0, 1.01],
    [1, 1],
  ])('%d + %di is not', (x, y) => {
    expect(placeOf(x, y, 10_000)).not.toBe(INSIDE);
  });

  it('has the area of the set in the middle: 1.5066', () => {
    const of = viewOf({ width: 600, height: 600, iterations: 1_000 });
    const inside = paintTile(of, whole(of)).filter((place) => place === INSIDE).length;
    // Source: OEIS A098403. The shorter side is 3.
    expect(inside * (3 / 600) ** 2).toBeCloseTo(1.5066, 1);
  });

  it('ends after the row in which it is told to stop', () => {
    let rows = 0;
    const of = viewOf({ width: 64, height: 64 });
    const places = paintTile({ ...of, x: 3, y: 3 }, whole(of), () => (rows += 1) > 10);
    expect([places[10 * 64 - 1]! > 0, places[10 * 64]]).toEqual([true, 0]);
  });

  it('is these bytes, on every machine', async () => {
    const of = viewOf({ x: -0.743644786, y: 0.1318252536, zoom: 5_000, width: 200, height: 150, iterations: 1_000 });
    const hash = await crypto.subtle.digest('SHA-256', paintTile(of, whole(of)) as Uint8Array<ArrayBuffer>);
    expect(Buffer.from(hash).toString('hex')).toMatchInlineSnapshot(
      `"a7d1764e9c388cc3382b9f77bc116268a074a6ce6b70042db2e97d4d4c4b7b09"`,
    );
  });
});

it('the colours go round without a step', () => {
  const distance = (one: number, other: number) =>
    Math.max(...[0, 1, 2].map((part) => Math.abs(PALETTE[3 * one + part]! - PALETTE[3 * other + part]!)));
  for (let place = 1; place <= COLOURS; place += 1) expect(distance(place, (place % COLOURS) + 1)).toBeLessThan(8);
});
