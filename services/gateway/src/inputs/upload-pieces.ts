/**
 * The body of an upload in small pieces, as it comes.
 *
 * Invariant: no more is read from the client than is taken here, so that what it sends faster waits in its own buffers; only its own silence counts as silence,
 * not the time for which it has to wait. Between two pieces other requests have their turn: CSV is read at some MB a second, all in one thread.
 */
import type { IncomingMessage } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { badRequest, Problem } from '../edge/problem.ts';

const pieceBytesMax = 16 * 1024;
/** Milliseconds without a byte. */
const SILENT_MS_MAX = 30_000;
/** Milliseconds for all of it: whatever has been stored of an upload for longer belongs to none that goes on. */
const UPLOAD_MS_MAX = 6 * 3_600_000;

export interface UploadBounds {
  bytesMax: number;
  silentMs?: number;
  withinMs?: number;
}

/** Throws 413 for more than `bytesMax`, 408 after a silence, 400 when the client has left. */
export async function* uploadPieces(
  request: IncomingMessage,
  { bytesMax, silentMs = SILENT_MS_MAX, withinMs = UPLOAD_MS_MAX }: UploadBounds,
): AsyncGenerator<Buffer, void, void> {
  if (Number(request.headers['content-length']) > bytesMax) throw tooLarge(bytesMax);
  const pieces = request.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>;
  const endsMs = performance.now() + withinMs;
  let bytes = 0;
  for (;;) {
    const next = await heardWithin(pieces.next(), silentMs);
    if (next.done === true) return;
    bytes += next.value.length;
    if (bytes > bytesMax) throw tooLarge(bytesMax);
    if (performance.now() > endsMs)
      throw new Problem(408, `The upload took longer than ${withinMs / 3_600_000} hours; send less at once.`);
    yield* smallPieces([next.value]);
  }
}

/** What is here already, in small pieces, with a turn for others between them. */
export async function* smallPieces(pieces: Iterable<Buffer> | AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, void> {
  for await (const piece of pieces)
    for (let from = 0; from < piece.length; from += pieceBytesMax) {
      yield piece.subarray(from, from + pieceBytesMax);
      await setImmediate();
    }
}

async function heardWithin<T>(next: Promise<T>, silentMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () =>
        reject(
          new Problem(408, `No more of the upload came for ${silentMs / 1_000} seconds; nothing was stored. Send it again.`),
        ),
      silentMs,
    );
  });
  try {
    return await Promise.race([next, silence]);
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw badRequest(`The upload was cut off (${(error as Error).message}); nothing was stored. Send it again.`);
  } finally {
    clearTimeout(timer);
    next.catch(() => undefined);
  }
}

function tooLarge(bytesMax: number): Problem {
  return new Problem(413, `An input may have ${bytesMax} bytes at most; divide it into several.`);
}
