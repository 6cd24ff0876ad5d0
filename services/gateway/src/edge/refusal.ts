/** What a request, or a connection, is refused with before any route has seen it: the same shape as `problem.ts` gives, written by hand. */
import { STATUS_CODES } from 'node:http';

/** Why, as the metric counts it. */
export type RefusalReason =
  'caller' | 'connections' | 'draining' | 'host' | 'malformed' | 'method' | 'origin' | 'target' | 'timeout' | 'upgrade';

export interface Refusal {
  readonly reason: RefusalReason;
  readonly status: number;
  /** A sentence that states what to do; empty where the status states it all (204). */
  readonly detail: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Fields beside `detail`. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** Headers and body of the answer. */
export function refusalAnswer({ status, detail, headers = {}, fields = {} }: Refusal): {
  headers: Record<string, string>;
  body: string;
} {
  const body = status === 204 ? '' : JSON.stringify({ ...fields, detail });
  return {
    headers: {
      ...headers,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...(status !== 204 && {
        'content-type': 'application/json; charset=utf-8',
        'content-length': String(Buffer.byteLength(body)),
      }),
    },
    body,
  };
}

/** The whole answer as bytes, for a connection without a readable request. It is the connection's last. */
export function refusalBytes(refusal: Refusal): Buffer {
  const { headers, body } = refusalAnswer(refusal);
  const lines = Object.entries({ ...headers, connection: 'close' }).map(([name, value]) => `${name}: ${value}`);
  return Buffer.from(
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? 'Refused'}\r\n${lines.join('\r\n')}\r\n\r\n${body}`,
  );
}
