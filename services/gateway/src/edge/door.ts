/**
 * Looks at every request before any route does, and at every wish for a WebSocket: who asks, for what, and whether there is such a thing.
 * The order is that of the refusals a user can do something about: draining, host, target, method, origin. It reads nothing but the request's head.
 */
import type { IncomingMessage } from 'node:http';
import { authorityText, isOwnOrigin, readAuthority, type Authority, type Origin } from '@manyhands/proto/settings';
import type { KnownHosts } from './known-hosts.ts';
import { isPageVisit, visitTarget } from './page-visit.ts';
import type { Refusal } from './refusal.ts';
import { readTarget } from './request-target.ts';
import type { RouteTable } from './route-table.ts';

/** Where the WebSocket is. */
const WEB_SOCKET_PATH = '/ws';
const drainingDetail = 'This gateway is stopping; send the request again, and another gateway will answer.';
const safe = new Set(['GET', 'HEAD', 'OPTIONS']);

export interface DoorSettings {
  readonly hosts: KnownHosts;
  readonly origins: readonly Origin[];
  readonly routes: RouteTable;
}

export class Door {
  /** Refuses everything from now on. */
  draining = false;
  /** Whether no further WebSocket is let in. */
  isFull = (): boolean => false;
  readonly #hosts: KnownHosts;
  readonly origins: readonly Origin[];
  readonly routes: RouteTable;

  constructor({ hosts, origins, routes }: DoorSettings) {
    this.#hosts = hosts;
    this.origins = origins;
    this.routes = routes;
  }

  /** Whether a request asks for what we can be upgraded to. Any other `Upgrade` may be passed over, and is: then it is a request like others. */
  static asksForWebSocket(request: IncomingMessage): boolean {
    const wished = (request.headers.upgrade ?? '')
      .toLowerCase()
      .split(',')
      .some((protocol) => protocol.trim() === 'websocket');
    return (
      wished &&
      request.method === 'GET' &&
      request.httpVersionMinor > 0 &&
      /(^|,)\s*upgrade\s*(,|$)/i.test(request.headers.connection ?? '')
    );
  }

  /** The answer to a request that no route is to see, or undefined. Rewrites an address that is written out whole to its path. */
  refusalOf(request: IncomingMessage): Refusal | undefined {
    if (this.draining) {
      const asked = request.url?.split('?')[0];
      return {
        reason: 'draining',
        status: 503,
        detail: drainingDetail,
        headers: { 'retry-after': '1', connection: 'close' },
        ...(asked === '/readyz' && { fields: { ready: false } }),
        ...(asked === '/monitoring/health' && { fields: { status: 'stopping' } }),
      };
    }
    const method = request.method ?? '';
    const read = readTarget(request.url ?? '');
    const host = hostOf(request);
    const misplaced = this.#refusalOfHost(request, host, 'status' in read ? undefined : read.authority);
    if (misplaced !== undefined) return misplaced;
    if ('status' in read) return { reason: 'target', ...read };
    if (read.path === '*' && method === 'OPTIONS')
      return { reason: 'method', status: 204, detail: '', headers: { allow: 'GET, HEAD, POST, DELETE, OPTIONS' } };
    if (read.path === '*')
      return {
        reason: 'target',
        status: 400,
        detail: 'The address "*" is allowed with OPTIONS only; the API is described at /reference.',
      };
    request.url = isPageVisit(method, read.path, request.headers.accept) ? visitTarget(read.path) : read.target;
    const { origin } = request.headers;
    const isForeign = origin !== undefined && !isOwnOrigin(origin, read.authority ?? host, this.origins);
    if (Door.asksForWebSocket(request)) return this.#refusalOfWebSocket(request, read.path, isForeign);
    if (read.path === WEB_SOCKET_PATH) {
      return safe.has(method)
        ? {
            reason: 'upgrade',
            status: 426,
            detail: 'This address is a WebSocket; connect to it with a WebSocket client.',
            headers: { upgrade: 'websocket', connection: 'upgrade' },
          }
        : notAllowed(method, ['GET'], read.path);
    }
    const methods = this.routes.methodsAt(read.path);
    if (methods === undefined)
      return {
        reason: 'target',
        status: 404,
        detail: `There is no ${method} ${read.target.split('?')[0]}. The API is described at /reference.`,
      };
    if (method === 'OPTIONS' || !methods.includes(method)) return notAllowed(method, methods, read.path);
    if (isForeign && !safe.has(method)) return foreign('send this');
    return undefined;
  }

  #refusalOfHost(request: IncomingMessage, host: Authority | undefined, asked: Authority | undefined): Refusal | undefined {
    const given = request.headers.host;
    const isOld = request.httpVersionMinor === 0 && request.httpVersionMajor === 1;
    if (given === undefined && isOld) return asked === undefined ? undefined : this.#refusalOfUnknown(request, asked);
    if (given === undefined)
      return {
        reason: 'host',
        status: 400,
        detail: 'The request has no Host header; send one, like "Host: 127.0.0.1:8000".',
        headers: { connection: 'close' },
      };
    const count = request.rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host').length;
    if (count > 1 || host === undefined)
      return {
        reason: 'host',
        status: 400,
        detail: 'The Host header is not one host, with a port or without; send one like "Host: 127.0.0.1:8000".',
        headers: { connection: 'close' },
      };
    return this.#refusalOfUnknown(request, host) ?? (asked && this.#refusalOfUnknown(request, asked));
  }

  #refusalOfUnknown(request: IncomingMessage, host: Authority): Refusal | undefined {
    const { localAddress: address, localPort: port } = request.socket;
    if (this.#hosts.knows(host, { address, port })) return undefined;
    const opened = host.port === undefined ? `https://${authorityText(host, 'https')}` : `http://${authorityText(host, 'http')}`;
    return {
      reason: 'host',
      status: 421,
      detail: `This gateway is not known as ${authorityText(host, 'http')}. If that name is right, add the address that users open, like ${opened}, to MANYHANDS_ORIGINS, and start the gateway again.`,
    };
  }

  #refusalOfWebSocket(request: IncomingMessage, path: string, isForeign: boolean): Refusal | undefined {
    if (path !== WEB_SOCKET_PATH) return { reason: 'upgrade', status: 404, detail: `The WebSocket is at ${WEB_SOCKET_PATH}.` };
    if (isForeign) return foreign('connect');
    const version = request.headers['sec-websocket-version'];
    if (version !== '13' && version !== '8')
      return {
        reason: 'upgrade',
        status: 426,
        detail: 'This WebSocket uses version 13.',
        headers: { 'sec-websocket-version': '13', upgrade: 'websocket', connection: 'upgrade' },
      };
    if (!/^[+/0-9a-z]{22}==$/i.test(request.headers['sec-websocket-key'] ?? ''))
      return { reason: 'upgrade', status: 400, detail: 'The Sec-WebSocket-Key is not 16 bytes in base64.' };
    if (request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined)
      return {
        reason: 'upgrade',
        status: 400,
        detail: 'A request for a WebSocket has no body.',
        headers: { connection: 'close' },
      };
    return this.isFull()
      ? { reason: 'upgrade', status: 503, detail: 'Too many clients; try again in a moment.', headers: { 'retry-after': '2' } }
      : undefined;
  }
}

function hostOf(request: IncomingMessage): Authority | undefined {
  return request.headers.host === undefined ? undefined : readAuthority(request.headers.host);
}

function notAllowed(method: string, methods: readonly string[], path: string): Refusal {
  const allow = methods.join(', ');
  if (method === 'OPTIONS') return { reason: 'method', status: 204, detail: '', headers: { allow } };
  return { reason: 'method', status: 405, detail: `${path} takes ${allow}, not ${method}.`, headers: { allow } };
}

function foreign(what: string): Refusal {
  return {
    reason: 'origin',
    status: 403,
    detail: `Pages of this origin may not ${what}; add it to MANYHANDS_ORIGINS to allow it.`,
  };
}
