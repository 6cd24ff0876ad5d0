/**
 * Who reads the body of a request: here, whole, as JSON; or its route itself, as it comes, where the route is marked `@Streamed()`.
 *
 * Invariant: no body is taken for something else than it is: one that was compressed would be stored as it is, or refused as text in a wrong encoding.
 */
import type { Readable } from 'node:stream';
import { RouteConfig } from '@nestjs/platform-fastify';
import { errorCodes, type FastifyInstance, type FastifyRequest } from 'fastify';
import { readBody } from './body-parser.ts';
import { cut, Problem } from './problem.ts';

const mark = { streamed: true };

/** `request.body` of this route is the stream of what is sent, of any type. */
export const Streamed = (): MethodDecorator => RouteConfig(mark) as MethodDecorator;

/** `bodyBytesMax`: of a body that is read here. */
export function readBodies(server: FastifyInstance, bodyBytesMax: number): void {
  server.removeContentTypeParser(['application/json', 'text/plain']);
  server.addContentTypeParser('application/json', async (request: FastifyRequest, body: Readable) => {
    const encoded = refusalOfEncoded(request);
    if (encoded !== undefined) throw encoded;
    return isStreamed(request) ? body : readBody(await wholeOf(request, body, bodyBytesMax));
  });
  server.addContentTypeParser(
    '*',
    (request: FastifyRequest, body: Readable, done: (error: Error | null, read?: unknown) => void) => {
      const encoded = refusalOfEncoded(request);
      if (encoded !== undefined) done(encoded);
      else if (isStreamed(request)) done(null, body);
      else done(new errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE(request.headers['content-type']));
    },
  );
}

function refusalOfEncoded({ headers }: FastifyRequest): Problem | undefined {
  const encoding = headers['content-encoding']?.trim() ?? '';
  if (encoding === '' || encoding.toLowerCase() === 'identity') return undefined;
  return new Problem(415, `Send the body as it is, without "Content-Encoding: ${cut(encoding)}"; a compressed one is not read.`);
}

function isStreamed({ routeOptions }: FastifyRequest): boolean {
  return (routeOptions.config as Partial<typeof mark>).streamed === true;
}

function wholeOf({ headers }: FastifyRequest, body: Readable, bytesMax: number): Promise<Buffer> {
  if (Number(headers['content-length']) > bytesMax) return Promise.reject(new errorCodes.FST_ERR_CTP_BODY_TOO_LARGE());
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let bytes = 0;
    const end = (settle: () => void): void => {
      body.off('data', onData).off('end', onEnd).off('error', onError);
      settle();
    };
    const onData = (piece: Buffer): void => {
      bytes += piece.length;
      pieces.push(piece);
      if (bytes > bytesMax) end(() => reject(new errorCodes.FST_ERR_CTP_BODY_TOO_LARGE()));
    };
    const onEnd = (): void => end(() => resolve(Buffer.concat(pieces)));
    // What was sent ended too early: there is hardly a client left to be answered.
    const onError = (error: Error): void => end(() => reject(Object.assign(error, { statusCode: 400 })));
    body.on('data', onData).on('end', onEnd).on('error', onError);
  });
}
