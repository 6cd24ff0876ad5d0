/** Spans as OTLP/JSON, the request of `POST /v1/traces` (opentelemetry-proto 1.x, `ExportTraceServiceRequest`). Pure. */

export type SpanValue = string | number | boolean;

export interface Span {
  name: string;
  kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  traceId: string;
  spanId: string;
  /** Absent: the root of its trace. */
  parentSpanId?: string | undefined;
  /** Milliseconds since 1970, by the clock of the process. */
  startMs: number;
  endMs: number;
  attributes: Readonly<Record<string, SpanValue | undefined>>;
  /** Why it failed; absent: it did not. */
  error?: string | undefined;
}

const kinds = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 } as const;
const failed = 2;

export function otlpRequest(resource: Readonly<Record<string, SpanValue>>, version: string, spans: readonly Span[]): object {
  return {
    resourceSpans: [
      {
        resource: { attributes: attributesOf(resource) },
        scopeSpans: [{ scope: { name: 'manyhands', version }, spans: spans.map(otlpSpan) }],
      },
    ],
  };
}

function otlpSpan({ name, kind, traceId, spanId, parentSpanId, startMs, endMs, attributes, error }: Span): object {
  return {
    traceId,
    spanId,
    ...(parentSpanId !== undefined && { parentSpanId }),
    // Sampled.
    flags: 1,
    name,
    kind: kinds[kind],
    startTimeUnixNano: nanosOf(startMs),
    endTimeUnixNano: nanosOf(Math.max(startMs, endMs)),
    attributes: attributesOf(attributes),
    status: error === undefined ? {} : { code: failed, message: error },
  };
}

function attributesOf(values: Readonly<Record<string, SpanValue | undefined>>): object[] {
  return Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [{ key, value: otlpValue(value) }]));
}

/** Numbers of 64 bits are text in JSON. */
function otlpValue(value: SpanValue): object {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

function nanosOf(ms: number): string {
  return String(BigInt(Math.round(ms * 1_000)) * 1_000n);
}
