/** A collector of OpenTelemetry for tests: takes OTLP/HTTP in JSON as the specification has it, and refuses anything else. And a site that notes who asks. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';

const hex = (digits: number) =>
  z
    .string()
    .regex(new RegExp(`^[0-9a-f]{${digits}}$`))
    .refine((id) => !/^0+$/.test(id));
const nanos = z
  .string()
  .regex(/^\d{19}$/)
  .transform(BigInt);
const attributes = z.array(
  z.strictObject({
    key: z.string().min(1),
    value: z.union([
      z.strictObject({ stringValue: z.string() }),
      z.strictObject({ intValue: z.string().regex(/^-?\d+$/) }),
      z.strictObject({ doubleValue: z.number() }),
      z.strictObject({ boolValue: z.boolean() }),
    ]),
  }),
);

/** `ExportTraceServiceRequest` of opentelemetry-proto, as far as we write it. */
const ExportRequest = z.strictObject({
  resourceSpans: z.array(
    z.strictObject({
      resource: z.strictObject({ attributes }),
      scopeSpans: z.array(
        z.strictObject({
          scope: z.strictObject({ name: z.string(), version: z.string() }),
          spans: z.array(
            z.strictObject({
              traceId: hex(32),
              spanId: hex(16),
              parentSpanId: hex(16).optional(),
              flags: z.int(),
              name: z.string().min(1),
              kind: z.int().min(1).max(5),
              startTimeUnixNano: nanos,
              endTimeUnixNano: nanos,
              attributes,
              status: z.strictObject({ code: z.int().min(0).max(2).optional(), message: z.string().optional() }),
            }),
          ),
        }),
      ),
    }),
  ),
});

type WireSpan = z.infer<typeof ExportRequest>['resourceSpans'][number]['scopeSpans'][number]['spans'][number];
export interface SeenSpan extends Omit<WireSpan, 'attributes'> {
  service: string;
  attributes: Record<string, unknown>;
}

export interface Collector {
  endpoint: string;
  /** Where task code may fetch from; `asked` has the `traceparent` of each request. */
  site: string;
  asked: string[];
  spans: SeenSpan[];
  /** Of requests that are not as the specification has them. */
  problems: string[];
  close(): void;
}

export async function startCollector(): Promise<Collector> {
  const [spans, problems, asked]: [SeenSpan[], string[], string[]] = [[], [], []];
  const server: Server = createServer((request, response) => {
    if (request.url === '/site') {
      asked.push(String(request.headers['traceparent']));
      return void response.end('here');
    }
    void bodyOf(request).then((body) => {
      try {
        if (request.method !== 'POST' || request.url !== '/v1/traces') throw new Error(`${request.method} ${request.url}`);
        for (const { resource, scopeSpans } of ExportRequest.parse(JSON.parse(body)).resourceSpans) {
          const service = String(plain(resource.attributes)['service.name']);
          for (const span of scopeSpans.flatMap((scope) => scope.spans))
            spans.push({ ...span, service, attributes: plain(span.attributes) });
        }
        response.setHeader('content-type', 'application/json').end('{}');
      } catch (error) {
        problems.push(String(error));
        response.writeHead(400).end();
      }
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    endpoint,
    site: `${endpoint}/site`,
    asked,
    spans,
    problems,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/**
 * What is wrong with a trace as a whole, in sentences: not one root, an orphan, an id twice, a span that is not inside the one it is a part of.
 * A job ends with the first result of each span of chunks, so the other one of two leases of a span may go on beyond it.
 */
export function flawsOf(spans: readonly SeenSpan[]): string[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const roots = spans.filter(({ parentSpanId }) => parentSpanId === undefined);
  const flaws = roots.length === 1 ? [] : [`there are ${roots.length} roots`];
  if (byId.size !== spans.length) flaws.push(`${spans.length - byId.size} ids are there twice`);
  for (const span of spans) {
    const { name, parentSpanId, startTimeUnixNano: start, endTimeUnixNano: end } = span;
    if (end < start) flaws.push(`${name} ends before it starts`);
    if (parentSpanId === undefined) continue;
    const parent = byId.get(parentSpanId);
    if (parent === undefined) flaws.push(`${name} of ${span.service} is an orphan`);
    else if (start < parent.startTimeUnixNano || (end > parent.endTimeUnixNano && !isOneOfTwo(span, spans)))
      flaws.push(
        `${name} (${start} to ${end}, ${JSON.stringify(span.attributes)}) is not inside ${parent.name} (${parent.startTimeUnixNano} to ${parent.endTimeUnixNano})`,
      );
  }
  return flaws;
}

function isOneOfTwo(span: SeenSpan, spans: readonly SeenSpan[]): boolean {
  const leased = spanLeased(span);
  return leased !== undefined && spans.some((other) => other !== span && spanLeased(other) === leased);
}

/** The span of chunks of a lease and its attempt, which its copy has, too. */
function spanLeased({ attributes }: SeenSpan): string | undefined {
  return attributes['manyhands.lease']?.toString().replace(/-copy$/, '');
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const data of request) body += String(data);
  return body;
}

function plain(given: z.infer<typeof attributes>): Record<string, unknown> {
  return Object.fromEntries(given.map(({ key, value }) => [key, Object.values(value)[0]]));
}
