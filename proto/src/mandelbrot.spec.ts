import { expect, it } from 'vitest';
import fc from 'fast-check';
import { leavesTiles, MANDELBROT, pixelStep, tileOf, viewOf } from './mandelbrot.ts';

const size = fc.record({ width: fc.integer({ min: 16, max: 60 }), height: fc.integer({ min: 16, max: 60 }) });

it('tiles cover every pixel of the picture once, in any number', () => {
  fc.assert(
    fc.property(size, fc.integer({ min: 1, max: 300 }), ({ width, height }, total) => {
      const painted = new Uint8Array(width * height);
      for (let index = 0; index < total; index += 1) {
        const tile = tileOf({ width, height }, index, total);
        for (let row = tile.top; row < tile.top + tile.height; row += 1)
          for (let column = tile.left; column < tile.left + tile.width; column += 1) painted[row * width + column]! += 1;
      }
      expect(painted.every((times) => times === 1)).toBe(true);
    }),
    { numRuns: 50 },
  );
});

it('tiles go row by row, and are as near to squares as their number allows', () => {
  const whole = { width: 4_096, height: 4_096 };
  expect(tileOf(whole, 0, 1_024)).toEqual({ left: 0, top: 0, width: 128, height: 128 });
  expect(tileOf(whole, 33, 1_024)).toEqual({ left: 128, top: 128, width: 128, height: 128 });
  expect(tileOf({ width: 400, height: 300 }, 11, 12)).toEqual({ left: 300, top: 200, width: 100, height: 100 });
  // A prime has no other tiles than bands.
  expect(tileOf({ width: 700, height: 16 }, 6, 7)).toEqual({ left: 600, top: 0, width: 100, height: 16 });
});

it('a million tiles of the smallest picture are pixels, or empty', () => {
  const [width, height] = [16, 16];
  const pixels = Array.from({ length: 1_000 }, (_, index) => tileOf({ width, height }, index * 1_000, 1_000_000));
  expect(pixels.every((tile) => tile.width <= 1 && tile.height <= 1)).toBe(true);
});

it('what a user leaves out is as usual, and the shorter side shows the whole set at zoom 1', () => {
  expect(viewOf({ zoom: 4 })).toEqual({ x: -0.5, y: 0, zoom: 4, width: 1_024, height: 768, iterations: 500 });
  expect(pixelStep({ zoom: 1, width: 600, height: 300 })).toBe(0.01);
  for (const { usual, min, max } of Object.values(MANDELBROT)) expect(usual >= min && usual <= max).toBe(true);
});

it('a job of more tiles than files leaves none', () => {
  expect([leavesTiles(4_096), leavesTiles(4_097)]).toEqual([true, false]);
});
