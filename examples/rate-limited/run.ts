/** An API that counts its calls, and a list of addresses of it to be fetched. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createClient } from 'manyhands/client';
import type { quotes } from './quotes.ts';

const client = createClient({ baseUrl: process.env.MANYHANDS_URL ?? 'http://127.0.0.1:8000' });

const calls: number[] = [];
const api = createServer((request, response) => {
  calls.push(performance.now());
  const number = Number(request.url?.slice(1));
  // Now and then it refuses a call, and states when to try again.
  if (calls.length % 25 === 0) return void response.writeHead(429, { 'retry-after': '1' }).end();
  if (number === 7) return void response.writeHead(404).end();
  response.end(JSON.stringify({ quote: number * 2 }));
}).listen(0, '127.0.0.1');
await once(api, 'listening');
const { port } = api.address() as AddressInfo;

const addresses = Array.from({ length: 60 }, (_, number) => ({ url: `http://127.0.0.1:${port}/${number}` }));
let [sum, failed] = [0, ''];
for await (const { index, output, error } of client.map<typeof quotes>('quotes', addresses, { perSec: 20 }))
  if (error) failed += `item ${index} failed: ${error.message}\n`;
  else sum += output.quote;
api.close();
api.closeAllConnections();

const busiest = Math.max(...calls.map((from) => calls.filter((at) => at >= from && at < from + 1_000).length));
console.error(`${calls.length} calls, at most ${busiest} in a second`);
console.log(`${failed}the sum is ${sum}; the rate was kept: ${busiest <= 30 ? 'yes' : `no, ${busiest} calls in a second`}`);
