import fc from 'fast-check';
import { expect, it } from 'vitest';
import { rowsBeyond, rowWindow } from './row-window.ts';

const sights = fc.record({
  scrolled: fc.integer({ min: -2_000, max: 200_000 }),
  height: fc.integer({ min: 100, max: 3_000 }),
  rowHeight: fc.integer({ min: 30, max: 120 }),
  count: fc.integer({ min: 0, max: 3_000 }),
});

it('holds every row that is in sight, and few that are not', () => {
  fc.assert(
    fc.property(sights, (sight) => {
      const { begin, end } = rowWindow(sight);
      expect(begin).toBeGreaterThanOrEqual(0);
      expect(end).toBeLessThanOrEqual(sight.count);
      expect(begin).toBeLessThanOrEqual(end);
      for (let row = 0; row < sight.count; row += 1) {
        const top = row * sight.rowHeight - sight.scrolled;
        if (top < sight.height && top + sight.rowHeight > 0) expect(begin <= row && row < end, `row ${row}`).toBe(true);
      }
      expect(end - begin).toBeLessThanOrEqual(Math.ceil(sight.height / sight.rowHeight) + 2 * rowsBeyond + 2);
    }),
  );
});

it('keeps the last rows when the list has become shorter than where it was scrolled to', () => {
  expect(rowWindow({ scrolled: 60_000, height: 900, rowHeight: 60, count: 40 })).toEqual({ begin: 24, end: 40 });
});
