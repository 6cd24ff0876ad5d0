/** Reads a body up to a size. Invariant: what counts is the size after decompression, and never more than one piece beyond it is held. */
import { pipeline, type Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';

export interface BodyRead {
  bytes: Buffer;
  isCut: boolean;
}

/** Throws when it cannot be decompressed, or its connection fails. */
export async function readBody(stream: Readable, encoding: string | undefined, bytesMax: number): Promise<BodyRead> {
  const plain = decompressed(stream, encoding);
  const pieces: Buffer[] = [];
  let length = 0;
  // Leaving the loop destroys the stream, and with it the connection.
  for await (const piece of plain as AsyncIterable<Buffer>) {
    pieces.push(piece);
    length += piece.length;
    if (length > bytesMax) break;
  }
  const bytes = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
  return length > bytesMax ? { bytes: bytes.subarray(0, bytesMax), isCut: true } : { bytes, isCut: false };
}

function decompressed(stream: Readable, encoding = ''): Readable {
  const made = decoderOf(encoding.trim().toLowerCase());
  if (made === 'unknown') {
    stream.on('error', () => undefined).destroy();
    throw new Error(`its answer is encoded as ${encoding.slice(0, 40)}, which was not asked for`);
  }
  return made === undefined ? stream : pipeline(stream, made, () => undefined);
}

function decoderOf(encoding: string): Transform | 'unknown' | undefined {
  if (encoding === 'gzip' || encoding === 'x-gzip') return createGunzip();
  if (encoding === 'deflate') return createInflate();
  if (encoding === 'br') return createBrotliDecompress();
  return encoding === '' || encoding === 'identity' ? undefined : 'unknown';
}
