/**
 * What is known of each chunk of a job, as rows: neighbours with the same story are one row. Pure.
 *
 * Invariant: the rows of a job are sorted, disjoint, and have every chunk from `from` on to where the page ends.
 */
import type { DeadChunk, Interval, JobView } from '@manyhands/proto';
import {
  computedPieces,
  deadPiece,
  heldPiece,
  untold,
  type ChunkRow,
  type ChunkState,
  type HeldLease,
  type Piece,
  type StoredResult,
} from './chunk-stories.ts';

export interface Known {
  chunks: JobView['chunks'];
  total: number;
  held: readonly HeldLease[];
  dead: readonly DeadChunk[];
  results: readonly StoredResult[];
}

/** Rows from a chunk on, in one state or in all, at most `limit`, and the chunk that the next page begins with. */
export function chunkRows(
  known: Known,
  { from, limit, state }: { from: number; limit: number; state?: ChunkState | undefined },
): { rows: ChunkRow[]; next: number | undefined } {
  const stories: Record<ChunkState, readonly Piece[]> = {
    done: disjoint(known.results.flatMap(computedPieces)),
    leased: disjoint(known.held.map(heldPiece)),
    dead: disjoint(known.dead.map(deadPiece)),
    waiting: [],
  };
  const rows: ChunkRow[] = [];
  for (const [span, spanState] of spansOf(known)) {
    if (span[1] <= from || (state !== undefined && spanState !== state)) continue;
    for (const piece of cut([Math.max(span[0], from), span[1]], stories[spanState])) {
      if (rows.length === limit) return { rows, next: piece.begin };
      rows.push({ ...piece, state: spanState });
    }
  }
  return { rows, next: undefined };
}

/** The chunk map as one list, with what is in none of its parts: chunks that wait. */
function spansOf({ chunks: { done, leased, failed }, total }: Known): [Interval, ChunkState][] {
  const marked = [
    ...done.map((span): [Interval, ChunkState] => [span, 'done']),
    ...leased.map((span): [Interval, ChunkState] => [span, 'leased']),
    ...failed.map((span): [Interval, ChunkState] => [span, 'dead']),
  ].sort(([a], [b]) => a[0] - b[0]);
  const all: [Interval, ChunkState][] = [];
  let at = 0;
  for (const [span, state] of marked) {
    // Parts of a coarse map may overlap.
    const begin = Math.max(span[0], at);
    if (begin >= span[1]) continue;
    if (begin > at) all.push([[at, begin], 'waiting']);
    all.push([[begin, span[1]], state]);
    at = span[1];
  }
  if (at < total) all.push([[at, total], 'waiting']);
  return all;
}

/** A span cut where the pieces begin and end; between them nothing is known. */
function cut([begin, end]: Interval, pieces: readonly Piece[]): Piece[] {
  const parts: Piece[] = [];
  let at = begin;
  for (const piece of pieces) {
    const from = Math.max(piece.begin, at);
    const to = Math.min(piece.end, end);
    if (from >= to) continue;
    if (from > at) parts.push({ ...untold, begin: at, end: from });
    parts.push({ ...piece, begin: from, end: to });
    at = to;
  }
  if (at < end) parts.push({ ...untold, begin: at, end });
  return parts;
}

/** Of pieces that overlap the first one stays, as of two results of a chunk the first one counted. */
function disjoint(pieces: readonly Piece[]): Piece[] {
  const kept: Piece[] = [];
  for (const piece of pieces) if (kept.every((other) => piece.end <= other.begin || other.end <= piece.begin)) kept.push(piece);
  return kept.sort((a, b) => a.begin - b.begin);
}
