import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cellAt, cellBox, cellCountMax, layoutCells } from './layout.ts';

const totals = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 1_000_000 }));
const widths = fc.integer({ min: 200, max: 3000 });
const scales = fc.constantFrom(1, 1.5, 2, 3);

describe('layoutCells', () => {
  it('gives each chunk a cell of its own up to 100,000', () => {
    for (const total of [1, 8, 64, 1000, 100_000]) {
      expect(layoutCells(total, 1100, 1)).toMatchObject({ cells: total, chunksPerCell: 1 });
    }
    expect(layoutCells(100_001, 1100, 1)).toMatchObject({ chunksPerCell: 2, cells: 50_001 });
    expect(layoutCells(1_000_000, 1100, 1)).toMatchObject({ chunksPerCell: 10, cells: 100_000 });
  });

  it('puts a few chunks in one row over the whole width', () => {
    expect(layoutCells(8, 1100, 1)).toMatchObject({ rows: 1, columns: 8, width: 1100 });
  });

  it('fills rows evenly where cells are large', () => {
    const { rows, columns } = layoutCells(64, 1100, 1);
    expect(rows * columns - 64).toBeLessThan(rows);
  });

  it('keeps 100,000 chunks on a phone and on a desk within a screen', () => {
    expect(layoutCells(100_000, 1100, 1).height).toBeLessThanOrEqual(460);
    expect(layoutCells(100_000, 350 * 3, 3).height).toBeLessThanOrEqual(460 * 3);
  });

  it('holds every cell inside the width, none on top of another', () => {
    fc.assert(
      fc.property(totals, widths, scales, (total, width, scale) => {
        const layout = layoutCells(total, width, scale);
        expect(layout.cells).toBeLessThanOrEqual(cellCountMax);
        expect(layout.cells * layout.chunksPerCell).toBeGreaterThanOrEqual(total);
        expect(layout.columns * layout.rows).toBeGreaterThanOrEqual(layout.cells);
        expect(layout.width).toBeLessThanOrEqual(width);
        const last = cellBox(layout, layout.cells - 1);
        expect(last.x + last.width).toBeLessThanOrEqual(layout.width);
        expect(last.y + last.height).toBeLessThanOrEqual(layout.height);
        const [first, second] = [cellBox(layout, 0), cellBox(layout, 1)];
        if (layout.columns > 1) expect(first.x + first.width).toBeLessThanOrEqual(second.x);
      }),
    );
  });
});

describe('cellAt', () => {
  it('finds the cell whose box a point is in', () => {
    fc.assert(
      fc.property(totals, widths, scales, fc.double({ min: 0, max: 1, noNaN: true }), (total, width, scale, where) => {
        const layout = layoutCells(total, width, scale);
        const cell = Math.min(layout.cells - 1, Math.floor(where * layout.cells));
        const box = cellBox(layout, cell);
        expect(cellAt(layout, box.x + box.width / 2, box.y + box.height / 2)).toBe(cell);
      }),
    );
  });

  it('finds nothing beyond the cells', () => {
    const layout = layoutCells(7, 1100, 1);
    expect(cellAt(layout, -1, 0)).toBeNull();
    expect(cellAt(layout, 10, layout.height + layout.gap + 1)).toBeNull();
    expect(cellAt(layout, layout.width + layout.gap + 1, 1)).toBeNull();
  });
});
