/**
 * A site of its own process on loopback: every address is a page of 4 KB, and robots.txt forbids a part of it. Its arguments: milliseconds until a page is sent, and at
 * how many ports. Writes them.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const text = 'Many hands make light work. '.repeat(130);
const page = Buffer.from(
  `<!doctype html><html><head><title>A page</title></head><body><h1>A page</h1>${Array.from({ length: 10 }, (_, n) => `<a href="/page/${n}">next</a>`).join(' ')}<p>${text}</p></body></html>`,
);
const robots = 'User-agent: *\nDisallow: /private/\n';

const [waitMs, ports] = process.argv.slice(2).map(Number) as [number, number];

function answerTo(request: IncomingMessage, answer: ServerResponse): void {
  if (request.url === '/robots.txt') answer.writeHead(200, { 'content-type': 'text/plain' }).end(robots);
  else if (waitMs === 0) send(answer);
  else setTimeout(send, waitMs, answer);
}

function send(answer: ServerResponse): void {
  answer.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-length': page.length }).end(page);
}

const servers = Array.from({ length: ports }, () => createServer(answerTo).listen(0, '127.0.0.1'));
await Promise.all(servers.map((server) => once(server, 'listening')));
process.stdout.write(`${servers.map((server) => (server.address() as AddressInfo).port).join(' ')}\n`);
