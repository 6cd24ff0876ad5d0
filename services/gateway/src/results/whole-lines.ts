/**
 * Lines out of bytes that were cut anywhere. Pure.
 *
 * Works on pieces, not on lines: a piece of half a megabyte holds thousands of lines, and a step of a generator for each would cost more than all the rest.
 */
import { limits } from '@manyhands/proto';

/** Whole lines, each with its end, that follow each other: the first is that of item `index`. */
export interface Lines {
  readonly index: number;
  readonly count: number;
  readonly bytes: Buffer;
}

const lineEnd = 0x0a;

/** The lines of the pieces, the first of them that of item `index`. Throws when the last one is not ended. */
export async function* wholeLines(pieces: AsyncIterable<Uint8Array>, index: number): AsyncGenerator<Lines, void> {
  let next = index;
  let begun: Uint8Array[] = [];
  let begunBytes = 0;
  for await (const piece of pieces) {
    const end = piece.lastIndexOf(lineEnd) + 1;
    if (end > 0) {
      const bytes = joined([...begun, piece.subarray(0, end)]);
      const count = countOf(bytes);
      yield { index: next, count, bytes };
      next += count;
      begun = [];
      begunBytes = 0;
    }
    if (end < piece.length) begun.push(piece.subarray(end));
    begunBytes += piece.length - end;
    if (begunBytes > limits.partBytesMax + 1)
      throw new Error(`Invariant: a line is at most ${limits.partBytesMax} bytes; this one has more than ${begunBytes}`);
  }
  if (begunBytes > 0) throw new Error('Invariant: each line is ended; the last one is not');
}

/** Without the first `skip` lines, and `take` of them at most. Undefined when none is left. */
export function someOf({ index, count, bytes }: Lines, skip: number, take: number): Lines | undefined {
  const left = Math.min(count - skip, take);
  if (left <= 0) return undefined;
  if (skip <= 0 && left === count) return { index, count, bytes };
  const from = placeAfter(bytes, 0, skip);
  return { index: index + skip, count: left, bytes: bytes.subarray(from, placeAfter(bytes, from, left)) };
}

/** Each line, without its end. */
export function* linesOf({ bytes }: Pick<Lines, 'bytes'>): Generator<Buffer, void> {
  for (let from = 0; from < bytes.length;) {
    const end = bytes.indexOf(lineEnd, from);
    yield bytes.subarray(from, end);
    from = end + 1;
  }
}

function joined(pieces: readonly Uint8Array[]): Buffer {
  const [only] = pieces;
  if (pieces.length === 1 && only !== undefined) return Buffer.from(only.buffer, only.byteOffset, only.byteLength);
  return Buffer.concat(pieces);
}

function countOf(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(lineEnd); at >= 0; at = bytes.indexOf(lineEnd, at + 1)) count += 1;
  return count;
}

/** Where the line begins that comes `lines` lines after the one at `from`. */
function placeAfter(bytes: Buffer, from: number, lines: number): number {
  let place = from;
  for (let line = 0; line < lines; line += 1) place = bytes.indexOf(lineEnd, place) + 1;
  return place;
}
