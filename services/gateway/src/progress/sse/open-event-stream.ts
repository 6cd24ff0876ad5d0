/** Makes an answer an event stream: its head is written, and the connection is its own from then on. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { unavailable } from '../../edge/problem.ts';

/** False for HEAD, which is answered then: a stream has no end, and HEAD no body. Throws 503 on a connection that it would share. */
export function openEventStream(request: FastifyRequest, reply: FastifyReply): boolean {
  const head = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache, no-transform' };
  // What goes past the response would be taken for the next answer.
  if (request.method === 'HEAD') {
    void reply.headers(head).send();
    return false;
  }
  if (reply.raw.socket === null)
    throw unavailable('An event stream needs its own connection; send the request again on a new one.', 1);
  reply.hijack();
  reply.raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    ...head,
    'x-accel-buffering': 'no',
    connection: 'keep-alive',
  });
  reply.raw.flushHeaders();
  return true;
}
