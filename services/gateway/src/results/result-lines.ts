/**
 * The lines of a job in the order of its items, out of its segments. Pure but for the reading that is passed in.
 *
 * Invariant: a line belongs to the item whose place it has in its segment, so each segment has exactly the lines of its chunks. One that has more or fewer ends
 * the answer in the middle: lines under the wrong items would be worse than none.
 */
import type { InputRef, ResultSegment, StoredRef } from '@manyhands/proto';
import { someOf, wholeLines, type Lines } from './whole-lines.ts';

/** Reads the bytes of a stored object, in pieces of any size. */
export type ReadBytes = (ref: StoredRef) => AsyncIterable<Uint8Array>;

/** Which lines are asked for. */
export interface LineRange {
  /** The first item. */
  from: number;
  /** Lines at most. */
  limit: number;
}

/** All lines, where nothing else is asked for. */
export function rangeOf({ from = 0, limit = Infinity }: Partial<LineRange>): LineRange {
  return { from, limit };
}

/** The items of the chunks `[begin, end)`: a chunk is one item, or a batch of records, of which the last is smaller. */
export function itemsOf(input: InputRef | undefined, begin: number, end: number): { from: number; to: number } {
  if (input?.by !== 'record') return { from: begin, to: end };
  const { batch = 1, records } = input;
  return { from: Math.min(begin * batch, records), to: Math.min(end * batch, records) };
}

export async function* resultLines(
  segments: AsyncIterable<ResultSegment>,
  read: ReadBytes,
  input: InputRef | undefined,
  { from, limit }: LineRange,
): AsyncGenerator<Lines, void> {
  let left = limit;
  for await (const segment of segments) {
    if (left <= 0) return;
    const items = itemsOf(input, segment.begin, segment.end);
    if (items.to <= from) continue;
    for await (const lines of linesOfSegment(segment, read, items)) {
      const some = someOf(lines, Math.max(0, from - lines.index), left);
      if (some === undefined) continue;
      yield some;
      left -= some.count;
      if (left <= 0) return;
    }
  }
}

async function* linesOfSegment(
  segment: ResultSegment,
  read: ReadBytes,
  { from, to }: { from: number; to: number },
): AsyncGenerator<Lines, void> {
  let next = from;
  for await (const lines of wholeLines(piecesOf(segment, read), from)) {
    next += lines.count;
    if (next > to) throw wrongCount(segment, `more than ${to - from}`);
    yield lines;
  }
  if (next < to) throw wrongCount(segment, `${next - from} instead of ${to - from}`);
}

function wrongCount({ begin, end }: ResultSegment, lines: string): Error {
  return new Error(`Invariant: a segment has the lines of its chunks; that of [${begin}, ${end}) has ${lines}`);
}

async function* piecesOf({ text, stored }: ResultSegment, read: ReadBytes): AsyncGenerator<Uint8Array, void> {
  if (text !== undefined) yield Buffer.from(text);
  else if (stored !== undefined) yield* read(stored);
}
