/** A server on loopback that answers in every way that servers do. For tests. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';

interface Received {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: string;
}

export interface OutsideServer {
  base: string;
  /** As a setting lists it. */
  place: { host: string; port: number };
  received: Received[];
  close(): Promise<void>;
}

type Route = (answer: ServerResponse, url: URL, received: Received) => void;

const page = '<!doctype html><title>Many &amp; hands</title><p>Light work</p><a href="/next">next</a>';

const routes: Record<string, Route> = {
  '/': (answer) => answer.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page),
  '/echo': (answer, _url, received) =>
    answer.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(received)),
  '/status': (answer, url) =>
    answer.writeHead(Number(url.searchParams.get('is')), { 'content-type': 'text/plain' }).end('as asked'),
  '/later': (answer, url) => answer.writeHead(429, { 'retry-after': url.searchParams.get('after')! }).end(),
  '/silent': () => {},
  '/slow': (answer) => void answer.writeHead(200, { 'content-type': 'text/plain' }).write('begun'),
  '/broken': (answer) => answer.socket!.destroy(),
  '/half': (answer) => answer.writeHead(200, { 'content-length': '1000' }).write('half', () => answer.socket!.destroy()),
  '/no-http': (answer) => answer.socket!.end('SSH-2.0-none\r\n\r\n'),
  '/endless': (answer) => {
    answer.writeHead(200, { 'content-type': 'text/html' });
    const more = (): void => {
      while (answer.write('<p>more and more</p>'.repeat(1_000)));
      answer.once('drain', more);
    };
    more();
  },
  '/bomb': (answer) => answer.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
  '/packed': (answer) => answer.writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'text/html' }).end(gzipSync(page)),
  '/deflated': (answer) =>
    answer.writeHead(200, { 'content-encoding': 'deflate', 'content-type': 'text/html' }).end(deflateSync(page)),
  '/deflated-bare': (answer) =>
    answer.writeHead(200, { 'content-encoding': 'deflate', 'content-type': 'text/html' }).end(deflateRawSync(page)),
  '/strange': (answer) => answer.writeHead(200, { 'content-encoding': 'zstd-of-tomorrow' }).end('abc'),
  '/headers': (answer) => answer.writeHead(200, { 'x-large': 'a'.repeat(20_000) }).end(),
  '/moved': (answer, url) =>
    answer.writeHead(Number(url.searchParams.get('is') ?? 302), { location: url.searchParams.get('to')! }).end(),
  '/circle': (answer) => answer.writeHead(302, { location: '/circle' }).end(),
};

const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024));

export async function startOutsideServer(own: Record<string, Route> = {}): Promise<OutsideServer> {
  const received: Received[] = [];
  const server = createServer((request, answer) => void serve(request, answer));
  async function serve(request: IncomingMessage, answer: ServerResponse): Promise<void> {
    answer.on('error', () => undefined);
    let body = '';
    for await (const piece of request) body += String(piece);
    const seen = { method: request.method!, path: request.url!, headers: request.headers, body };
    received.push(seen);
    const url = new URL(request.url!, 'http://server.test');
    const route = own[url.pathname] ?? routes[url.pathname];
    if (route) route(answer, url, seen);
    else answer.writeHead(404, { 'content-type': 'text/plain' }).end('there is no such page');
  }
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { base: `http://127.0.0.1:${port}`, place: { host: '127.0.0.1', port }, received, close: () => closed(server) };
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}
