import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { MANDELBROT, pixelStep, viewOf } from '@manyhands/proto/mandelbrot';
import { draggedFrame, frameAround, middleFrame, movedFrame, paramsOf, resizedFrame, STEP, wholeOf } from './frame.ts';

const view = viewOf({ width: 400, height: 300 });

describe('a frame', () => {
  it('of a click is around the point, with the form of the picture', () => {
    expect(frameAround(view, { x: 100, y: 60 }, 4)).toEqual({ left: 50, top: 22.5, width: 100, height: 75 });
  });

  it('of a drag begins where the pointer went down, whichever way it goes', () => {
    expect(draggedFrame(view, { x: 100, y: 100 }, { x: 180, y: 110 })).toEqual({ left: 100, top: 100, width: 80, height: 60 });
    expect(draggedFrame(view, { x: 100, y: 100 }, { x: 90, y: 40 })).toEqual({ left: 20, top: 40, width: 80, height: 60 });
    expect(draggedFrame(view, { x: 100, y: 100 }, { x: 100, y: 100 }).width).toBe(400 / 64);
  });

  it('moves until its middle is at the edge, and is never larger than the picture', () => {
    let frame = middleFrame(view);
    for (let times = 0; times < 50; times += 1) frame = movedFrame(view, frame, 0.25, 0);
    expect(frame).toEqual(frameAround(view, { x: 400, y: 150 }, STEP));
    for (let times = 0; times < 50; times += 1) frame = resizedFrame(view, frame, 1.25);
    expect(frame.width).toBe(400);
    for (let times = 0; times < 99; times += 1) frame = resizedFrame(view, frame, 0.8);
    expect(frame.width).toBeCloseTo(400 / 64);
  });

  it('keeps the form of the picture, whatever is done to it', () => {
    const share = fc.double({ min: -1, max: 1, noNaN: true });
    const point = fc.record({ x: fc.integer({ min: 0, max: 400 }), y: fc.integer({ min: 0, max: 300 }) });
    fc.assert(
      fc.property(point, point, share, share, fc.double({ min: 0.5, max: 2, noNaN: true }), (from, to, across, down, by) => {
        const frame = resizedFrame(view, movedFrame(view, draggedFrame(view, from, to), across, down), by);
        expect(frame.width / frame.height).toBeCloseTo(4 / 3);
      }),
    );
  });
});

describe('the job of a frame', () => {
  it('looks at the middle of the frame, and so much closer', () => {
    expect(paramsOf(view, frameAround(view, { x: 300, y: 50 }, 4))).toEqual({
      x: 0.5,
      y: 1,
      zoom: 4,
      width: 400,
      height: 300,
      iterations: 800,
    });
  });

  it('has the middle of its picture where the frame had its own, to a pixel', () => {
    const point = fc.record({ x: fc.integer({ min: 0, max: 400 }), y: fc.integer({ min: 0, max: 300 }) });
    fc.assert(
      fc.property(point, fc.double({ min: 0, max: 10, noNaN: true }), ({ x, y }, power) => {
        const from = { ...view, x: -0.75, y: 0.1, zoom: 10 ** power };
        const next = paramsOf(from, frameAround(from, { x, y }, 4))!;
        const pixels = (distance: number) => Math.abs(distance / pixelStep(next));
        expect(pixels(next.x - (from.x + (x - 200) * pixelStep(from)))).toBeLessThan(1);
        expect(pixels(next.y - (from.y - (y - 150) * pixelStep(from)))).toBeLessThan(1);
      }),
    );
  });

  it('keeps within the bounds of the kind, and is none beyond the deepest zoom and the widest', () => {
    const { max, min } = MANDELBROT.zoom;
    expect(paramsOf({ ...view, zoom: max }, middleFrame(view))).toBeNull();
    expect(paramsOf({ ...view, zoom: max / STEP }, middleFrame(view))?.zoom).toBe(max);
    expect(paramsOf({ ...view, zoom: min }, middleFrame(view, 1 / STEP))).toBeNull();
    expect(paramsOf({ ...view, x: 4, zoom: 0.1 }, frameAround(view, { x: 400, y: 0 }, 4))).toMatchObject({ x: 4, y: 4 });
  });

  it('takes more steps further in, and never fewer than before', () => {
    expect(paramsOf({ ...view, zoom: 2_500 }, middleFrame(view))?.iterations).toBe(2_500);
    expect(paramsOf({ ...view, iterations: 9_000 }, middleFrame(view))?.iterations).toBe(9_000);
    expect(paramsOf({ ...view, zoom: max() }, middleFrame(view))?.iterations).toBeLessThanOrEqual(MANDELBROT.iterations.max);
    function max(): number {
      return MANDELBROT.zoom.max / STEP;
    }
  });

  it('of the whole set keeps the size', () => {
    expect(wholeOf({ ...view, x: 0.3, y: 0.1, zoom: 90 })).toEqual(view);
  });
});
