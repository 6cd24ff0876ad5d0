/**
 * Writes PNG files of places in the palette (PNG, third edition: colour type 3, no filter, not interlaced).
 *
 * Invariant: the same pixels are the same bytes on every machine. That is why fflate compresses, which is JavaScript: what `node:zlib` writes depends on
 * the processor it was built for.
 */
import { crc32 } from 'node:zlib';
import { unzlibSync, zlibSync } from 'fflate';
import { MISSING, PALETTE } from './palette.ts';

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
/** What stands before each row: it is not filtered. */
const ROW_HEAD = 1;

/** Rows of places, compressed as a PNG has them. */
export function packRows(places: Uint8Array, width: number): Uint8Array {
  const height = places.length / width;
  const rows = new Uint8Array(places.length + height * ROW_HEAD);
  for (let row = 0; row < height; row += 1)
    rows.set(places.subarray(row * width, (row + 1) * width), row * (width + ROW_HEAD) + ROW_HEAD);
  return zlibSync(rows, { level: 6 });
}

/** Calls `take` with each row of places, from the first. */
export function readRows(packed: Uint8Array, width: number, take: (row: Uint8Array, index: number) => void): void {
  const rows = unzlibSync(packed);
  for (let index = 0, at = ROW_HEAD; at < rows.length; index += 1, at += width + ROW_HEAD)
    take(rows.subarray(at, at + width), index);
}

/** A whole file, of what `packRows` made. */
export function pngOf({ width, height }: { width: number; height: number }, rows: Uint8Array): Uint8Array {
  const head = new Uint8Array(13);
  const view = new DataView(head.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  // Eight bits for each pixel, which are a place in the palette.
  head.set([8, 3], 8);
  const opacity = new Uint8Array(256).fill(255);
  opacity[MISSING] = 0;
  return Buffer.concat([
    SIGNATURE,
    chunkOf('IHDR', head),
    chunkOf('PLTE', PALETTE),
    chunkOf('tRNS', opacity),
    chunkOf('IDAT', rows),
    chunkOf('IEND', new Uint8Array()),
  ]);
}

/** Length, name, content, and the check sum of the last two. */
function chunkOf(name: string, content: Uint8Array): Uint8Array {
  const chunk = Buffer.alloc(12 + content.length);
  chunk.writeUInt32BE(content.length);
  chunk.write(name, 4, 'latin1');
  chunk.set(content, 8);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, 8 + content.length)), 8 + content.length);
  return chunk;
}
