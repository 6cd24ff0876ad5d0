/**
 * Compresses answers with gzip for clients that take it: texts above 1 KB, in the thread pool. The dashboard's files are not among
 * them; they were compressed when it was built.
 *
 * Invariant: an answer made of one piece keeps its `Content-Length`; a range, an answer without a body and one that is compressed already are
 * left as they are. Event streams do not come by here: they take over the connection, and each event has to leave at once. For the WebSocket
 * nothing is compressed either: a frame is made once and its bytes are shared by all clients, which is worth more than its size (a view
 * of 64 chunks is 650 bytes).
 *
 * Rejected: @fastify/compress, which turns every answer into a stream, without a length and with a transform for 1 KB.
 */
import { pipeline, Readable } from 'node:stream';
import { promisify } from 'node:util';
import { createGzip, gzip } from 'node:zlib';
import { negotiate } from '@fastify/accept-negotiator';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** Bytes below which compressing costs more than it saves. */
export const COMPRESS_FROM_BYTES = 1_024;
/** Half the work of zlib's usual 6, for a tenth more bytes. */
const level = 4;
const texts = /^(text\/(?!event-stream)|application\/(json|problem\+json|javascript|yaml)|image\/svg\+xml)/i;
const refusesGzip = /\bgzip\s*;\s*q\s*=\s*0(\.0*)?\s*(,|$)/i;

const compressed = promisify(gzip);

export function compressAnswers(server: FastifyInstance): void {
  server.addHook('onSend', async (request, reply, payload: unknown) => {
    if (!isText(reply)) return payload;
    if (payload instanceof Readable) return streamed(request, reply, payload);
    if (typeof payload !== 'string' && !Buffer.isBuffer(payload)) return payload;
    if (Buffer.byteLength(payload) < COMPRESS_FROM_BYTES || !takes(request, reply)) return payload;
    const bytes = await compressed(payload, { level });
    void reply.header('content-encoding', 'gzip').header('content-length', bytes.length);
    return bytes;
  });
}

function streamed(request: FastifyRequest, reply: FastifyReply, payload: Readable): Readable {
  const length = reply.getHeader('content-length');
  if ((length !== undefined && Number(length) < COMPRESS_FROM_BYTES) || !takes(request, reply)) return payload;
  void reply.header('content-encoding', 'gzip').removeHeader('content-length').removeHeader('accept-ranges');
  // It has other bytes now, and is the same only in meaning.
  const etag = reply.getHeader('etag');
  if (typeof etag === 'string' && etag.startsWith('"')) void reply.header('etag', `W/${etag}`);
  // What goes wrong on either side ends both; the server sees it on the stream it reads.
  return pipeline(payload, createGzip({ level }), () => undefined);
}

function isText(reply: FastifyReply): boolean {
  return (
    reply.statusCode !== 206 &&
    reply.getHeader('content-encoding') === undefined &&
    texts.test(String(reply.getHeader('content-type') ?? ''))
  );
}

/** Whether the client takes gzip. The answer depends on it from here on, which caches have to know. */
function takes(request: FastifyRequest, reply: FastifyReply): boolean {
  const vary = String(reply.getHeader('vary') ?? '');
  if (!/accept-encoding|\*/i.test(vary)) void reply.header('vary', vary === '' ? 'Accept-Encoding' : `${vary}, Accept-Encoding`);
  const accepted = request.headers['accept-encoding'];
  // The negotiator takes `gzip;q=0, *` for gzip.
  return accepted !== undefined && !refusesGzip.test(accepted) && negotiate(accepted, ['gzip', 'identity']) === 'gzip';
}
