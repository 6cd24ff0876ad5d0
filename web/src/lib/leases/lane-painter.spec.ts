import type { AnsweredLease } from '@manyhands/proto/answered-leases';
import { expect, it } from 'vitest';
import { paintLanes, type LaneColors } from './lane-painter.ts';
import { lanesOf } from './lanes.ts';

const colors: LaneColors = {
  ...{ track: 'track', line: 'line', selected: 'selected', open: 'open' },
  of: ({ outcome }) => outcome,
};
const lease = (from_ms: number, took_ms: number, outcome: AnsweredLease['outcome'] = 'computed'): AnsweredLease => ({
  op: 'compute',
  begin: 0,
  end: 1,
  attempt: 1,
  worker: 'w',
  slot: 0,
  from_ms,
  took_ms,
  outcome,
  failed_chunks: 0,
});

/** The boxes that are filled, by colour. */
function painted(
  leases: AnsweredLease[],
  window: { fromMs: number; toMs: number },
  { width = 100, openFromMs = undefined as number | undefined } = {},
): [string, number, number][] {
  const boxes: [string, number, number][] = [];
  const context = {
    fillStyle: '',
    clearRect: () => undefined,
    strokeRect: () => undefined,
    fillRect(this: { fillStyle: string }, x: number, _y: number, w: number) {
      boxes.push([this.fillStyle, x, w]);
    },
  } as unknown as CanvasRenderingContext2D;
  const lanes = lanesOf(leases).map((lane) => ({ ...lane, openFromMs }));
  paintLanes(context, lanes, { ...window, follows: false, nowMs: 90 }, { width, pitch: 10, scale: 1 }, colors, null);
  return boxes.filter(([color]) => color !== 'track' && color !== 'line');
}

it('a lease is as wide as it was long, cut at the window', () => {
  expect(painted([lease(10, 20), lease(90, 50)], { fromMs: 0, toMs: 100 })).toEqual([
    ['computed', 10, 19],
    ['computed', 90, 9],
  ]);
  expect(painted([lease(10, 20), lease(90, 50)], { fromMs: 40, toMs: 80 })).toEqual([]);
});

it('very many leases are at most one mark a pixel, and one that failed among them is seen', () => {
  const many = Array.from({ length: 5_000 }, (_, at) => lease(at, 1, at === 2_500 ? 'failed' : 'computed'));
  const boxes = painted(many, { fromMs: 0, toMs: 5_000 });
  expect(boxes.length).toBeLessThanOrEqual(102);
  expect(boxes.filter(([color]) => color === 'failed')).toHaveLength(1);
});

it('what a slot computes now is painted up to now', () => {
  const at = (openFromMs: number, window = { fromMs: 0, toMs: 100 }) => painted([lease(0, 5)], window, { openFromMs }).slice(1);
  expect(at(40)).toEqual([['open', 40, 50]]);
  expect(at(40, { fromMs: 0, toMs: 30 })).toEqual([]);
  expect(at(95)).toEqual([]);
});
