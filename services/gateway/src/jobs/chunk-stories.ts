/** What happened to chunks, out of what is known of them: a lease that is held, a result that is stored, a dead letter. Pure. */
import { runOf, type Answer, type DeadChunk, type Interval, type LeaseComputed } from '@manyhands/proto';

export type ChunkRow = Answer<'ChunkPage'>['chunks'][number];
export type ChunkState = ChunkRow['state'];

/** A lease that a worker computes now. */
export interface HeldLease {
  begin: number;
  end: number;
  attempt: number;
  worker: string;
}

/** A result that is stored. */
export interface StoredResult {
  result: LeaseComputed;
  storedAtMs: number;
}

type Story = Omit<ChunkRow, 'begin' | 'end' | 'state'>;
export interface Piece extends Story {
  begin: number;
  end: number;
}

export const untold: Story = { run: null, worker: null, at: null, compute_ms: null, error: null, runs: [] };

export function heldPiece({ begin, end, attempt, worker }: HeldLease): Piece {
  return { ...untold, begin, end, run: runOf(attempt) + 1, worker };
}

export function computedPieces({ result, storedAtMs }: StoredResult): Piece[] {
  const { about, failed, left = [], worker, compute_ms } = result;
  if (about.op !== 'compute') return [];
  const gaps = [...failed.map(({ chunk }): Interval => [chunk, chunk + 1]), ...left].sort((a, b) => a[0] - b[0]);
  const story = { ...untold, run: runOf(about.attempt) + 1, worker, at: new Date(storedAtMs).toISOString(), compute_ms };
  const pieces: Piece[] = [];
  let at = about.begin;
  for (const [begin, end] of gaps) {
    if (begin > at) pieces.push({ ...story, begin: at, end: begin });
    at = Math.max(at, end);
  }
  if (at < about.end) pieces.push({ ...story, begin: at, end: about.end });
  return pieces;
}

export function deadPiece({ begin, end, runs, error, died_at: at }: DeadChunk): Piece {
  return {
    begin,
    end,
    run: runs.at(-1)?.run ?? null,
    worker: runs.at(-1)?.worker ?? null,
    at,
    compute_ms: null,
    error: error.message,
    runs,
  };
}
