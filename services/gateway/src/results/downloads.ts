/**
 * Sends what may be large, piece by piece, as fast as its reader takes it.
 *
 *   asked ──too many are open──▶ refused        asked ──its first piece is there──▶ open ──all is sent──▶ ended
 *                                               open ──the reader leaves, takes nothing for `stuckMs`, or may read no longer; or a piece cannot be read──▶ cut
 *
 * Invariant: of each download a few pieces are in memory, however large it is: nothing is read before the reader has room for it. One that cannot be sent to its
 * end closes the connection, so that a part of it is never taken for the whole.
 */
import { Readable } from 'node:stream';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { limits } from '@manyhands/proto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CONFIG, type GatewayConfig } from '../config.ts';
import { Problem, unavailable } from '../edge/problem.ts';
import { callerOf } from '../identity/caller.ts';
import { CallerWatch } from '../identity/caller-watch.ts';
import { Seats } from '../limits/seats.ts';
import { byteRangeOf, type ByteRange } from './byte-range.ts';
import { gathered } from './gathered.ts';

export interface Download {
  /** Content type. */
  type: string;
  /** As which file a browser saves it. */
  fileName: string;
  /** Changes with the bytes; absent: the bytes change at any time. */
  version?: string;
  /** Bytes, where they are known. */
  length?: number;
  pieces: AsyncIterable<Buffer>;
  /** Where a part of it can be read alone, as `Range` asks for; needs `version` and `length`. */
  part?: (range: ByteRange) => AsyncIterable<Buffer>;
}

@Injectable()
export class Downloads {
  readonly #log = new Logger('results');
  readonly #stuckMs: number;
  readonly #seats = new Seats(limits.downloadsMax);

  constructor(
    @Inject(CONFIG) { stuckMs }: GatewayConfig,
    @Inject(CallerWatch) private readonly callers: CallerWatch,
  ) {
    this.#stuckMs = stuckMs;
  }

  /** How many are being sent. */
  get open(): number {
    return this.#seats.taken;
  }

  /** Resolves when the first piece is on its way, or of `HEAD`, could be. Throws 416, 503 when too many are open, and what keeps the first piece from being read. */
  async send(request: FastifyRequest, reply: FastifyReply, download: Download): Promise<void> {
    const { type, fileName, version, length } = download;
    void reply.type(type).header('content-disposition', `attachment; filename="${fileName}"`);
    const etag = version === undefined ? undefined : `"${version}"`;
    if (etag === undefined) void reply.header('cache-control', 'no-store');
    else void reply.header('etag', etag);
    if (etag !== undefined && isKnown(request.headers['if-none-match'], etag)) return void reply.code(304).send();
    if (length !== undefined) void reply.header('content-length', length);
    const pieces = piecesOf(request, reply, download, etag);
    const leave = this.#seats.take(callerOf(request.raw), tooMany);
    const iterator = gathered(pieces)[Symbol.asyncIterator]();
    try {
      const first = await iterator.next();
      // What is gone is found out by its first piece.
      if (request.method === 'HEAD') {
        await iterator.return?.();
        leave();
        return void reply.send(Readable.from([]));
      }
      const stream = Readable.from(goingOn(first, iterator), { objectMode: false });
      // The connection, and not the stream alone: what has been read waits in there, and would still be sent.
      const unfollow = this.callers.follow(callerOf(request.raw), () => reply.raw.destroy(), false);
      stream.once('close', () => {
        unfollow();
        leave();
      });
      stream.once('error', (error) => this.#log.error(`${request.url} is cut off: ${error.stack ?? error.message}`));
      // Counts only while nothing is taken: Node looks at what has left the process, and the next request on the connection has the usual time again.
      reply.raw.socket?.setTimeout(this.#stuckMs);
      void reply.send(stream);
    } catch (error) {
      leave();
      throw error;
    }
  }
}

function tooMany(seats: number, isOwn: boolean): Error {
  return unavailable(
    isOwn
      ? `${seats} results are being sent to you by this gateway already, as many as to one account; try again when one is over.`
      : 'Too many results are being sent by this gateway; try again in a few seconds.',
    5,
  );
}

/** All of it, or the part that is asked for: then the answer is 206. Throws 416. */
function piecesOf(
  { headers, method }: FastifyRequest,
  reply: FastifyReply,
  { length, pieces, part }: Download,
  etag: string | undefined,
): AsyncIterable<Buffer> {
  if (part === undefined || length === undefined) return pieces;
  void reply.header('accept-ranges', 'bytes');
  // Of another version, a part would be joined with parts of this one.
  const isOther = headers['if-range'] !== undefined && headers['if-range'] !== etag;
  const range = method !== 'GET' || isOther ? undefined : byteRangeOf(headers.range, length);
  if (range === undefined) return pieces;
  if (range === 'unsatisfiable') {
    void reply.removeHeader('content-length').header('content-range', `bytes */${length}`);
    throw new Problem(416, `Range asks for bytes that are not there: it has ${length}.`);
  }
  const { from, bytes } = range;
  void reply
    .code(206)
    .header('content-range', `bytes ${from}-${from + bytes - 1}/${length}`)
    .header('content-length', bytes);
  return part(range);
}

async function* goingOn(first: IteratorResult<Buffer>, iterator: AsyncIterator<Buffer>): AsyncGenerator<Buffer, void> {
  try {
    for (let next = first; next.done !== true; next = await iterator.next()) yield next.value;
  } finally {
    await iterator.return?.();
  }
}

function isKnown(given: string | undefined, etag: string): boolean {
  return given !== undefined && given.split(',').some((known) => ['*', etag].includes(known.trim().replace(/^W\//, '')));
}
