/** Pieces of stored objects as a download sends them. */
import { isManyhandsError } from '@manyhands/proto';
import { gone } from '../edge/problem.ts';

/** Parts are removed with their job: from then on what is asked for is gone, with this sentence. */
export async function* whileStored(pieces: AsyncIterable<Uint8Array>, sentence: string): AsyncGenerator<Uint8Array, void> {
  try {
    yield* pieces;
  } catch (error) {
    throw isManyhandsError(error, 'not_found') ? gone(sentence) : error;
  }
}

export async function* buffersOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void> {
  for await (const { buffer, byteOffset, length } of pieces) yield Buffer.from(buffer, byteOffset, length);
}
