/** What each cell of a chunk map shows, from a view's intervals. */
import type { JobView } from '@manyhands/proto';

export const cellState = { waiting: 0, leased: 1, done: 2, failed: 3 } as const;
export type CellState = keyof typeof cellState;
export const cellStates = ['waiting', 'leased', 'done', 'failed'] as const satisfies readonly CellState[];

export interface Cells {
  state: Uint8Array;
  /** Share of a cell's chunks that are done, 0 to 255; null when a cell is one chunk. */
  doneShare: Uint8Array | null;
  /** What a cell is coloured by, once it is done: 0 nothing that is known, else a shade from 1. Absent: by its state. */
  tint?: Uint8Array;
}

type Chunks = Pick<JobView, 'total_chunks' | 'chunks'>;

/**
 * One state a cell. Where a cell stands for several chunks it is failed if any is, done if all are, leased if any is, and
 * carries the share that is done.
 */
export function cellsOf({ total_chunks: total, chunks }: Chunks, cells: number, chunksPerCell: number): Cells {
  const state = new Uint8Array(cells);
  if (chunksPerCell === 1) {
    for (const [begin, end] of chunks.leased) state.fill(cellState.leased, begin, end);
    for (const [begin, end] of chunks.done) state.fill(cellState.done, begin, end);
    for (const [begin, end] of chunks.failed) state.fill(cellState.failed, begin, end);
    return { state, doneShare: null };
  }
  const done = countPerCell(chunks.done, cells, chunksPerCell);
  const doneShare = new Uint8Array(cells);
  fillTouched(state, chunks.leased, chunksPerCell, cellState.leased);
  for (let cell = 0; cell < cells; cell += 1) {
    const size = Math.min(chunksPerCell, total - cell * chunksPerCell);
    doneShare[cell] = Math.floor((255 * (done[cell] ?? 0)) / size);
    if (done[cell] === size) state[cell] = cellState.done;
  }
  fillTouched(state, chunks.failed, chunksPerCell, cellState.failed);
  return { state, doneShare };
}

function fillTouched(state: Uint8Array, intervals: JobView['chunks']['done'], chunksPerCell: number, value: number): void {
  for (const [begin, end] of intervals) state.fill(value, Math.floor(begin / chunksPerCell), Math.ceil(end / chunksPerCell));
}

function countPerCell(intervals: JobView['chunks']['done'], cells: number, chunksPerCell: number): Uint32Array {
  const counts = new Uint32Array(cells);
  for (const [begin, end] of intervals) {
    for (let at = begin; at < end;) {
      const cell = Math.floor(at / chunksPerCell);
      const next = Math.min(end, (cell + 1) * chunksPerCell);
      counts[cell] = (counts[cell] ?? 0) + next - at;
      at = next;
    }
  }
  return counts;
}

/** Chunks in each state; they add up to the total. */
export function chunkCounts(
  view: Pick<JobView, 'total_chunks' | 'completed_chunks' | 'failed_chunks' | 'chunks'>,
): Record<CellState, number> {
  const done = view.completed_chunks;
  const failed = view.failed_chunks;
  const left = Math.max(0, view.total_chunks - done - failed);
  const leased = Math.min(
    left,
    view.chunks.leased.reduce((sum, [begin, end]) => sum + end - begin, 0),
  );
  return { waiting: left - leased, leased, done, failed };
}

/** Intervals as people count, both ends in: `0–15, 20, 32–47`, and how many more there are. */
export function formatSpans(intervals: JobView['chunks']['done'], most: number): string {
  const spans = intervals.slice(0, most).map(([begin, end]) => (end - begin === 1 ? String(begin) : `${begin}–${end - 1}`));
  const more = intervals.length - spans.length;
  return more > 0 ? `${spans.join(', ')} and ${more} more spans` : spans.join(', ');
}
