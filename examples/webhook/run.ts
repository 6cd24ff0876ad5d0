/** A server that is called when a job is over, so that nothing has to ask for its status. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createClient } from 'manyhands/client';

const secret = 'only-for-this-example';

const received = Promise.withResolvers<void>();
const hooks = createServer(async (request, response) => {
  const body = await text(request);
  const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signature } = request.headers;
  const right = `v1,${createHmac('sha256', secret)
    .update(`${String(id)}.${String(time)}.${body}`)
    .digest('base64')}`;
  const isRight = signature?.length === right.length && timingSafeEqual(Buffer.from(String(signature)), Buffer.from(right));
  response.writeHead(isRight ? 204 : 401).end();
  if (!isRight) return;
  const { type, data } = JSON.parse(body) as { type: string; data: { kind: string; result: number } };
  console.log(`${type}: ${data.kind} is ${data.result}`);
  received.resolve();
});
hooks.listen(0, '127.0.0.1');
await once(hooks, 'listening');

const client = createClient({ baseUrl: process.env.MANYHANDS_URL ?? 'http://127.0.0.1:8000' });
await client.submit({
  kind: 'primes',
  params: { n: 1_000_000 },
  notify: { url: `http://127.0.0.1:${(hooks.address() as AddressInfo).port}/jobs`, secret: 'WEBHOOK_SECRET' },
});
await received.promise;
hooks.close();
