/**
 * What task code of a traced run asks of other machines: each request gets a `traceparent`, so that the other side may go on with the trace, and is noted.
 *
 * Received from Node itself (`diagnostics_channel`), so it is whatever `fetch`, undici or `node:http` sends, in whatever package. Invariant: nothing is
 * subscribed to until the first run that is traced; a request of a run that is not traced, or that has a `traceparent` of its own, is left as it is.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import { channel } from 'node:diagnostics_channel';
import type { OutsideCall } from './slot-messages.ts';

/** Calls of one run that are noted; further ones only get their header. */
export const CALLS_MAX = 64;

interface TracedRun {
  /** `00-<trace>-`. */
  head: string;
  calls: OutsideCall[];
}

interface FetchRequest {
  origin: string | URL;
  method: string;
  headers: string | readonly string[];
  addHeader(name: string, value: string): void;
}
interface NodeRequest {
  method: string;
  host: string;
  headersSent: boolean;
  hasHeader(name: string): boolean;
  setHeader(name: string, value: string): void;
}

const present = new AsyncLocalStorage<TracedRun>();
const open = new WeakMap<object, OutsideCall>();
let isSubscribed = false;

/** `noted` has what was sent by the time the work is over. */
export function withinTrace<Result>(traceparent: string, work: () => Result): { result: Result; noted: OutsideCall[] } {
  subscribe();
  const run: TracedRun = { head: traceparent.slice(0, 36), calls: [] };
  return { result: present.run(run, work), noted: run.calls };
}

function begin(request: object, method: string, host: string, setHeader: (value: string) => void): void {
  const run = present.getStore();
  if (run === undefined) return;
  const spanId = randomBytes(8).toString('hex');
  setHeader(`${run.head}${spanId}-01`);
  if (run.calls.length >= CALLS_MAX) return;
  const startMs = Date.now();
  const call: OutsideCall = { spanId, method, host, startMs, endMs: startMs };
  run.calls.push(call);
  open.set(request, call);
}

function note(request: object, how: { status?: number; error?: unknown }): void {
  const call = open.get(request);
  if (call === undefined) return;
  call.endMs = Date.now();
  if (how.status !== undefined) call.status = how.status;
  if (how.error !== undefined) call.error = how.error instanceof Error ? how.error.message : String(how.error);
}

function subscribe(): void {
  if (isSubscribed) return;
  isSubscribed = true;
  const on = <Message>(name: string, handle: (message: Message) => void): void =>
    channel(name).subscribe((message) => {
      // A trace never fails what it is about.
      try {
        handle(message as Message);
      } catch {
        // Another release of Node or undici sends something else.
      }
    });
  on<{ request: FetchRequest }>('undici:request:create', ({ request }) => {
    if (namesOf(request.headers).includes('traceparent')) return;
    begin(request, request.method, new URL(request.origin).host, (value) => request.addHeader('traceparent', value));
  });
  on<{ request: object; response: { statusCode: number } }>('undici:request:headers', ({ request, response }) =>
    note(request, { status: response.statusCode }),
  );
  on<{ request: object }>('undici:request:trailers', ({ request }) => note(request, {}));
  on<{ request: object; error: unknown }>('undici:request:error', ({ request, error }) => note(request, { error }));
  on<{ request: NodeRequest }>('http.client.request.created', ({ request }) => {
    if (request.headersSent || request.hasHeader('traceparent')) return;
    begin(request, request.method, request.host, (value) => request.setHeader('traceparent', value));
  });
  on<{ request: object; response: { statusCode: number } }>('http.client.response.finish', ({ request, response }) =>
    note(request, { status: response.statusCode }),
  );
  on<{ request: object; error: unknown }>('http.client.request.error', ({ request, error }) => note(request, { error }));
}

/** Undici of Node 20 has them as the text of a head, later ones as names and values in turn. */
function namesOf(headers: string | readonly string[]): string[] {
  const names =
    typeof headers === 'string'
      ? headers.split('\r\n').map((line) => line.split(':', 1)[0]!)
      : headers.filter((_, at) => at % 2 === 0);
  return names.map((name) => name.toLowerCase());
}
