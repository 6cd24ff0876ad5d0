/** An endpoint, as it may be written in any language, and a list of texts that are sent to it, one by one: the kind `http` comes with the system. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { createClient } from 'manyhands/client';

const client = createClient({ baseUrl: process.env.MANYHANDS_URL ?? 'http://127.0.0.1:8000' });

const seen = new Set<string>();
const endpoint = createServer(async (request, response) => {
  const { text } = JSON.parse(await readText(request)) as { text: string };
  const key = String(request.headers['idempotency-key']);
  // Now and then it is busy; the same item comes again with the same key.
  if (text.length % 5 === 0 && !seen.has(key)) return void (seen.add(key), response.writeHead(503).end());
  if (text === '') return void response.writeHead(422, { 'content-type': 'text/plain' }).end('an empty text has no words');
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ words: text.split(' ').length }));
}).listen(0, '127.0.0.1');
await once(endpoint, 'listening');
const { port } = endpoint.address() as AddressInfo;

const texts = ['many hands', 'make', 'light work', '', 'of all'].map((text) => ({ text }));
for await (const { index, output, error } of client.map('http', texts, {
  url: `http://127.0.0.1:${port}/words`,
  timeout_sec: 10,
}))
  console.log(index, error ? error.message.replace(`127.0.0.1:${port}`, 'the endpoint') : JSON.stringify(output));
endpoint.close();
endpoint.closeAllConnections();
