/**
 * Frames: rectangles of a picture, in its pixels, and what a job that paints one of them is asked for. Pure.
 *
 * Invariant: a frame has the form of its picture, so the next picture has the same size.
 */
import { MANDELBROT, type MandelbrotParams, type MandelbrotView, pixelStep } from '@manyhands/proto/mandelbrot';

export interface Frame {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** A part of another picture, shown until there is a better one. */
export interface Preview {
  canvas: HTMLCanvasElement;
  frame: Frame;
}

export interface Point {
  x: number;
  y: number;
}

type Size = Pick<MandelbrotView, 'width' | 'height'>;

/** How many times larger one step makes the picture: a click, a key, a button. */
export const STEP = 4;
/** Of the picture: no frame is smaller, or it would be a point. */
const SMALLEST = 1 / 64;

/** Around a point; it may reach beyond the picture. `times`: how many times larger it makes the picture. */
export function frameAround({ width, height }: Size, { x, y }: Point, times: number): Frame {
  return { left: x - width / times / 2, top: y - height / times / 2, width: width / times, height: height / times };
}

/** In the middle, as one step would have it. */
export function middleFrame(size: Size, times = STEP): Frame {
  return frameAround(size, { x: size.width / 2, y: size.height / 2 }, times);
}

/** From where the pointer went down to where it is. */
export function draggedFrame({ width, height }: Size, from: Point, to: Point): Frame {
  const share = Math.max(SMALLEST, Math.abs(to.x - from.x) / width, Math.abs(to.y - from.y) / height);
  return {
    left: to.x < from.x ? from.x - share * width : from.x,
    top: to.y < from.y ? from.y - share * height : from.y,
    width: share * width,
    height: share * height,
  };
}

/** By a part of its own size; its middle stays in the picture. */
export function movedFrame(size: Size, frame: Frame, across: number, down: number): Frame {
  const middle = {
    x: within(frame.left + frame.width * (0.5 + across), 0, size.width),
    y: within(frame.top + frame.height * (0.5 + down), 0, size.height),
  };
  return frameAround(size, middle, size.width / frame.width);
}

/** Its middle stays where it is; no larger than the picture. */
export function resizedFrame(size: Size, frame: Frame, by: number): Frame {
  const share = within((frame.width / size.width) * by, SMALLEST, 1);
  return frameAround(size, { x: frame.left + frame.width / 2, y: frame.top + frame.height / 2 }, 1 / share);
}

/** What shows a frame as a picture; null where it would be further in or out than there are numbers. */
export function paramsOf(view: MandelbrotView, frame: Frame): Required<MandelbrotParams> | null {
  const zoom = Number(((view.zoom * view.width) / frame.width).toPrecision(6));
  if (zoom < MANDELBROT.zoom.min || zoom > MANDELBROT.zoom.max) return null;
  const step = pixelStep(view);
  const next = { ...view, zoom };
  const x = view.x + (frame.left + frame.width / 2 - view.width / 2) * step;
  const y = view.y - (frame.top + frame.height / 2 - view.height / 2) * step;
  return {
    ...next,
    x: rounded(within(x, MANDELBROT.x.min, MANDELBROT.x.max), pixelStep(next)),
    y: rounded(within(y, MANDELBROT.y.min, MANDELBROT.y.max), pixelStep(next)),
    iterations: Math.max(view.iterations, stepsAt(zoom)),
  };
}

/** The whole set, at the size of this picture. */
export function wholeOf({ width, height, iterations }: MandelbrotView): Required<MandelbrotParams> {
  const { x, y, zoom } = MANDELBROT;
  return { x: x.usual, y: y.usual, zoom: zoom.usual, width, height, iterations };
}

/** Further in points take longer to leave. */
function stepsAt(zoom: number): number {
  const steps = MANDELBROT.iterations.usual * (1 + Math.log10(Math.max(1, zoom)));
  return Math.min(MANDELBROT.iterations.max, Math.round(steps / 100) * 100);
}

/** To a tenth of a pixel: no more digits than have a meaning. */
function rounded(value: number, step: number): number {
  return Number(value.toFixed(within(Math.ceil(-Math.log10(step)) + 1, 0, 20)));
}

function within(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
