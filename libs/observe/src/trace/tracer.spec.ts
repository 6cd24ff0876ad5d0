import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import type { Span } from './otlp.ts';
import { openTracer, Tracer } from './tracer.ts';

let server: Server | undefined;
const requests: { url: string; headers: Record<string, unknown>; body: string }[] = [];
let status = 200;

async function collector(): Promise<string> {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (data: Buffer) => (body += data.toString()));
    request.on('end', () => {
      requests.push({ url: request.url!, headers: request.headers, body });
      response.writeHead(status).end('{}');
    });
  });
  await new Promise<void>((listening) => server!.listen(0, '127.0.0.1', listening));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  requests.length = 0;
  status = 200;
});

const span = (given: Partial<Span> = {}): Span => ({
  name: 'lease sum',
  kind: 'consumer',
  traceId: 'a'.repeat(32),
  spanId: 'b'.repeat(16),
  parentSpanId: 'c'.repeat(16),
  startMs: 1_700_000_000_000.25,
  endMs: 1_700_000_000_001,
  attributes: { text: 'x', count: 3, share: 0.5, yes: true, none: undefined },
  ...given,
});
const log = () => ({ warn: vi.fn(), info: vi.fn() });
const at = (endpoint: string) => ({ endpoint, headers: { authorization: 'Bearer x' }, ratio: 1 });

test('spans arrive as OTLP in JSON, below the endpoint and with its headers', async () => {
  const tracer = new Tracer(at(`${await collector()}/`), { service: 'compute', log: log() });
  tracer.record(span(), span({ parentSpanId: undefined, error: 'boom' }));
  await tracer.close();
  expect(requests).toMatchObject([
    { url: '/v1/traces', headers: { authorization: 'Bearer x', 'content-type': 'application/json' } },
  ]);
  const { resourceSpans } = JSON.parse(requests[0]!.body) as {
    resourceSpans: { resource: object; scopeSpans: { spans: unknown[] }[] }[];
  };
  expect(resourceSpans[0]!.resource).toMatchObject({
    attributes: expect.arrayContaining([{ key: 'service.name', value: { stringValue: 'manyhands-compute' } }]) as unknown,
  });
  expect(resourceSpans[0]!.scopeSpans[0]!.spans).toEqual([
    {
      traceId: 'a'.repeat(32),
      spanId: 'b'.repeat(16),
      parentSpanId: 'c'.repeat(16),
      flags: 1,
      name: 'lease sum',
      kind: 5,
      startTimeUnixNano: '1700000000000250000',
      endTimeUnixNano: '1700000000001000000',
      attributes: [
        { key: 'text', value: { stringValue: 'x' } },
        { key: 'count', value: { intValue: '3' } },
        { key: 'share', value: { doubleValue: 0.5 } },
        { key: 'yes', value: { boolValue: true } },
      ],
      status: {},
    },
    expect.objectContaining({ status: { code: 2, message: 'boom' } }),
  ]);
});

test('a collector that takes nothing is reported once, and once more when it takes spans again', async () => {
  const said = log();
  const tracer = new Tracer(at(await collector()), { service: 'compute', log: said, flushEveryMs: 5 });
  status = 503;
  tracer.record(span());
  await vi.waitFor(() => expect(said.warn).toHaveBeenCalledOnce());
  expect(requests).toHaveLength(2);
  status = 400;
  tracer.record(span());
  await vi.waitFor(() => expect(requests).toHaveLength(3));
  status = 200;
  tracer.record(span());
  await vi.waitFor(() => expect(said.info).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('2 spans were dropped')));
  expect(said.warn).toHaveBeenCalledOnce();
  await tracer.close();
});

test('spans that belong together are all dropped when not all have room', async () => {
  const tracer = new Tracer(at(await collector()), { service: 'compute', log: log(), flushEveryMs: 1 });
  for (let count = 0; count < 8_191; count += 1) tracer.record(span({ attributes: {} }));
  tracer.record(span({ name: 'two' }), span({ name: 'two' }));
  tracer.record(span({ name: 'last' }));
  const sent = () => requests.map(({ body }) => body).join('');
  await vi.waitFor(() => expect(sent().includes('"last"')).toBe(true), { timeout: 15_000 });
  expect(sent().includes('"two"')).toBe(false);
  await tracer.close();
});

test('without a collector there is no tracer', () =>
  expect(openTracer(undefined, { service: 'compute', log: log() })).toBeUndefined());
