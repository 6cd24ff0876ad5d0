import type { Interval } from '@manyhands/proto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cellsOf, chunkCounts, formatSpans } from './cells.ts';

function chunks(done: Interval[], leased: Interval[] = [], failed: Interval[] = []) {
  return { done, leased, failed, coarse: false };
}

describe('cellsOf', () => {
  it('paints one cell a chunk', () => {
    const { state, doneShare } = cellsOf({ total_chunks: 8, chunks: chunks([[0, 3]], [[4, 6]], [[7, 8]]) }, 8, 1);
    expect([...state]).toEqual([2, 2, 2, 0, 1, 1, 0, 3]);
    expect(doneShare).toBeNull();
  });

  it('joins several chunks in a cell: failed if any, done if all, leased if any, with the share done', () => {
    const view = {
      total_chunks: 11,
      chunks: chunks(
        [
          [0, 2],
          [4, 5],
          [10, 11],
        ],
        [
          [2, 3],
          [5, 6],
        ],
        [[8, 9]],
      ),
    };
    const { state, doneShare } = cellsOf(view, 6, 2);
    expect([...state]).toEqual([2, 1, 1, 0, 3, 2]);
    expect([...(doneShare ?? [])]).toEqual([255, 0, 127, 0, 0, 255]);
  });

  it('shows a cell done exactly when all of its chunks are', () => {
    const gaps = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 2, maxLength: 40 });
    fc.assert(
      fc.property(gaps, fc.integer({ min: 2, max: 9 }), (steps, chunksPerCell) => {
        const ends: number[] = [];
        let total = 0;
        for (const step of steps) ends.push((total += step));
        const done = ends.flatMap((end, index): Interval[] => (index % 2 === 1 ? [[ends[index - 1] ?? 0, end]] : []));
        const chunkDone = (chunk: number) => done.some(([begin, end]) => begin <= chunk && chunk < end);
        const cells = Math.ceil(total / chunksPerCell);
        const { state } = cellsOf({ total_chunks: total, chunks: chunks(done) }, cells, chunksPerCell);
        for (let cell = 0; cell < cells; cell += 1) {
          const own = Array.from(
            { length: Math.min(chunksPerCell, total - cell * chunksPerCell) },
            (_, i) => cell * chunksPerCell + i,
          );
          expect(state[cell] === 2).toBe(own.every(chunkDone));
        }
      }),
    );
  });
});

describe('chunkCounts', () => {
  it('adds up to the total', () => {
    const view = { total_chunks: 10, completed_chunks: 4, failed_chunks: 1, chunks: chunks([[0, 4]], [[5, 7]], [[9, 10]]) };
    expect(chunkCounts(view)).toEqual({ waiting: 3, leased: 2, done: 4, failed: 1 });
  });

  it('never counts a chunk as leased that is done already', () => {
    const view = { total_chunks: 4, completed_chunks: 3, failed_chunks: 0, chunks: chunks([[0, 3]], [[0, 4]]) };
    expect(chunkCounts(view)).toEqual({ waiting: 0, leased: 1, done: 3, failed: 0 });
  });
});

describe('formatSpans', () => {
  it('names spans with both ends in', () => {
    expect(
      formatSpans(
        [
          [0, 16],
          [20, 21],
          [32, 48],
        ],
        10,
      ),
    ).toBe('0–15, 20, 32–47');
    expect(formatSpans([], 10)).toBe('');
  });

  it('says how many it leaves out', () => {
    expect(
      formatSpans(
        [
          [0, 1],
          [2, 3],
          [4, 5],
        ],
        2,
      ),
    ).toBe('0, 2 and 1 more spans');
  });
});
