import fc from 'fast-check';
import { expect, it } from 'vitest';
import { atEnd, markName, marksOf, moved, showing, wholeWindow, windowMsMin, zoomed, type LaneWindow } from './lane-window.ts';

const end = fc.integer({ min: 0, max: 10_000_000 });
const acts = fc.array(
  fc.oneof(
    fc.record({ zoom: fc.double({ min: 0.1, max: 10, noNaN: true }), at: fc.double({ min: 0, max: 1, noNaN: true }) }),
    fc.record({ move: fc.integer({ min: -1_000_000, max: 1_000_000 }) }),
    fc.record({ grow: fc.nat(100_000) }),
  ),
  { maxLength: 20 },
);

it('stays within the job, whatever is done to it, and follows only at the end', () => {
  fc.assert(
    fc.property(end, acts, (start, all) => {
      let endMs = start;
      let window: LaneWindow = wholeWindow(endMs);
      for (const act of all) {
        if ('zoom' in act) window = zoomed(window, act.zoom, window.fromMs + act.at * (window.toMs - window.fromMs), endMs);
        else if ('move' in act) window = moved(window, act.move, endMs);
        else window = atEnd(window, (endMs += act.grow));
        expect(window.fromMs).toBeGreaterThanOrEqual(0);
        expect(window.toMs).toBeLessThanOrEqual(Math.max(windowMsMin, endMs) + 1e-3);
        expect(window.toMs - window.fromMs).toBeGreaterThanOrEqual(windowMsMin - 1e-3);
        if (window.follows) expect(window.toMs).toBeCloseTo(Math.max(windowMsMin, endMs), 2);
      }
    }),
  );
});

it('a time that is zoomed at stays where it is', () => {
  const window = zoomed({ fromMs: 0, toMs: 1_000, follows: true }, 0.5, 250, 1_000);
  expect(window).toEqual({ fromMs: 125, toMs: 625, follows: false });
});

// Seen: Home left a window of no length, in which nothing was painted or found.
it('moves to either end and keeps its length', () => {
  const window = { fromMs: 100, toMs: 200, follows: false };
  expect(moved(window, -Infinity, 1_000)).toEqual({ fromMs: 0, toMs: 100, follows: false });
  expect(moved(window, Infinity, 1_000)).toEqual({ fromMs: 900, toMs: 1_000, follows: true });
});

it('goes with a job that goes on, unless an earlier time is looked at', () => {
  const late = { fromMs: 500, toMs: 1_000, follows: true };
  expect(atEnd(late, 1_200)).toEqual({ fromMs: 700, toMs: 1_200, follows: true });
  expect(atEnd({ ...late, follows: false }, 1_200)).toMatchObject({ fromMs: 500, toMs: 1_000 });
  expect(atEnd(wholeWindow(1_000), 1_200)).toMatchObject({ fromMs: 0, toMs: 1_200 });
});

it('moves no further than it must to show a lease', () => {
  const window = { fromMs: 100, toMs: 200, follows: false };
  expect(showing(window, 120, 130, 1_000)).toEqual(window);
  expect(showing(window, 50, 60, 1_000)).toMatchObject({ fromMs: 50, toMs: 150 });
  expect(showing(window, 210, 220, 1_000)).toMatchObject({ fromMs: 120, toMs: 220 });
  // Longer than the window: from its beginning.
  expect(showing(window, 210, 900, 1_000)).toMatchObject({ fromMs: 210, toMs: 310 });
});

it('has at most so many marks, each at a round time', () => {
  fc.assert(
    fc.property(end, fc.integer({ min: 1, max: 12 }), (endMs, most) => {
      const marks = marksOf(wholeWindow(endMs), most);
      expect(marks.length).toBeLessThanOrEqual(most + 1);
      expect(marks.every((mark) => Number.isInteger(mark))).toBe(true);
    }),
  );
  expect(marksOf({ fromMs: 0, toMs: 600_000, follows: true }, 10)).toEqual(Array.from({ length: 11 }, (_, at) => at * 60_000));
  expect(marksOf({ fromMs: 0, toMs: 10, follows: true }, 5)).toEqual([0, 2, 4, 6, 8, 10]);
});

it('marks are named with the digits that they have', () => {
  expect([0, 250, 1_000, 1_500, 10_000, 60_000, 90_000, 600_000, 3_600_000, 5_430_000].map(markName)).toEqual(
    '0, 250 ms, 1 s, 1.5 s, 10 s, 1 min, 1 min 30 s, 10 min, 1 h, 1 h 30 min 30 s'.split(', '),
  );
});
