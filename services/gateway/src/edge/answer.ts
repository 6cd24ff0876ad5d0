/**
 * Every HTTP answer of the gateway, from every source: routes, Fastify, or Node itself.
 *
 * Invariant: what is not 200 is never kept by a cache (304 states that what is kept is still right, so it is left as it is), and what is 200 only
 * where its route states it. Each states which pages of other origins may read it (`cross-origin.ts`). While the gateway drains, an answer is its connection's
 * last; so is one to a request whose `Upgrade` was passed over, because the parser of Node 24.21 reads nothing behind such a request (seen: the next one on the
 * connection was never answered).
 */
import type { Origin } from '@manyhands/proto/settings';
import { ServerResponse, type IncomingMessage, type OutgoingHttpHeader, type OutgoingHttpHeaders } from 'node:http';
import { crossOriginHeaders } from './cross-origin.ts';

type Headers = OutgoingHttpHeaders | OutgoingHttpHeader[];

/** The class of answers of one server. */
export function answersOf(server: {
  readonly draining: boolean;
  readonly origins: readonly Origin[];
}): typeof ServerResponse<IncomingMessage> {
  return class Answer extends ServerResponse<IncomingMessage> {
    override writeHead(status: number, ...rest: (string | Headers | undefined)[]): this {
      const reason = typeof rest[0] === 'string' ? rest[0] : undefined;
      const headers = byName(rest.find((given): given is Headers => typeof given === 'object'));
      if (status !== 200 && status !== 304) headers['cache-control'] = 'no-store';
      else if (status === 200 && !this.hasHeader('cache-control')) headers['cache-control'] ??= 'no-cache';
      const { allow, vary = this.getHeader('vary') } = headers;
      Object.assign(headers, crossOriginHeaders(this.req, server.origins, { allow, vary: vary as string | undefined }));
      if (server.draining || this.req.headers.upgrade !== undefined) headers['connection'] = 'close';
      return reason === undefined ? super.writeHead(status, headers) : super.writeHead(status, reason, headers);
    }
  };
}

/** Node takes headers as an object, or as a list of names and values in turn. */
function byName(headers: Headers | undefined): OutgoingHttpHeaders {
  const named: OutgoingHttpHeaders = {};
  const entries = Array.isArray(headers)
    ? headers.flatMap((name, index) => (index % 2 === 0 ? [[String(name), headers[index + 1]] as const] : []))
    : Object.entries(headers ?? {});
  for (const [name, value] of entries) named[name.toLowerCase()] = value;
  return named;
}
