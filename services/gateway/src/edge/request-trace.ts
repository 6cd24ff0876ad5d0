/**
 * The span of each request that submits a job, and of each that comes with a trace; what is stored for the request knows it by `presentTrace`.
 *
 * Invariant: without a collector none of this runs, and a request that is not sampled costs the reading of a header.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { isWithin, newSpanId, newTraceId, readTraceparent, traceparentOf, type LogFields, type Tracer } from '@manyhands/observe';
import type { FastifyInstance, FastifyRequest } from 'fastify';

export class RequestTrace {
  readonly traceId: string;
  readonly spanId = newSpanId();
  readonly parentSpanId: string | undefined;
  readonly startMs = Date.now();
  /** Of the job that was stored for it. */
  jobId: string | undefined;

  constructor(traceId: string, parentSpanId?: string) {
    this.traceId = traceId;
    this.parentSpanId = parentSpanId;
  }

  /** For what is done because of the request. */
  get traceparent(): string {
    return traceparentOf({ traceId: this.traceId, spanId: this.spanId, isSampled: true });
  }
}

const present = new AsyncLocalStorage<RequestTrace>();

/** Of the request at hand; undefined when it is not sampled. */
export function presentTrace(): RequestTrace | undefined {
  return present.getStore();
}

/** What a log line of the request at hand is about. */
export function presentTraceFields(): LogFields {
  const trace = presentTrace();
  return { trace: trace?.traceId, ...(trace?.jobId !== undefined && { job: trace.jobId }) };
}

const traces = new WeakMap<FastifyRequest, RequestTrace>();

/** Of a request that has a span: it is sampled, and submitted a job or came with a trace. */
export function traceIdOf(request: FastifyRequest): string | undefined {
  const trace = traces.get(request);
  return trace && (trace.jobId !== undefined || trace.parentSpanId !== undefined) ? trace.traceId : undefined;
}

export function traceRequests(server: FastifyInstance, tracer: Tracer): void {
  server.addHook('onRequest', (request, _reply, done) => {
    const trace = traceOf(request.headers.traceparent, tracer.ratio);
    if (trace === undefined) return done();
    traces.set(request, trace);
    present.run(trace, done);
  });
  server.addHook('onResponse', (request, { statusCode }, done) => {
    const trace = traces.get(request);
    if (trace && traceIdOf(request) !== undefined) {
      const route = request.routeOptions.url;
      tracer.record({
        name: `${request.method} ${route ?? ''}`.trim(),
        kind: 'server',
        traceId: trace.traceId,
        spanId: trace.spanId,
        parentSpanId: trace.parentSpanId,
        startMs: trace.startMs,
        endMs: Date.now(),
        attributes: {
          'http.request.method': request.method,
          'http.route': route,
          'http.response.status_code': statusCode,
          'manyhands.job': trace.jobId,
        },
        ...(statusCode >= 500 && { error: `answered ${statusCode}` }),
      });
    }
    done();
  });
}

/** One that comes with a trace is sampled when that states so, any other by the ratio. */
function traceOf(header: string | string[] | undefined, ratio: number): RequestTrace | undefined {
  const given = readTraceparent(typeof header === 'string' ? header : undefined);
  if (given !== undefined) return given.isSampled ? new RequestTrace(given.traceId, given.spanId) : undefined;
  const traceId = newTraceId();
  return isWithin(traceId, ratio) ? new RequestTrace(traceId) : undefined;
}
