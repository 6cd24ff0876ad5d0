/** What a request, or a connection, is refused with before any route has seen it: the same shape as `problem.ts` gives, written by hand. */
import { STATUS_CODES } from 'node:http';
import { isOpenAiAddress, openAiError } from './openai-problem.ts';

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

/** Statuses that the routes of files and batches are described with; any other has the usual shape there, too. */
const openAiStatuses = new Set([400, 403, 421, 503]);

/** Headers and body of the answer, in the shape of what was asked for. */
export function refusalAnswer(
  { status, detail, headers = {}, fields = {} }: Refusal,
  url = '',
): {
  headers: Record<string, string>;
  body: string;
} {
  const shaped = openAiStatuses.has(status) && isOpenAiAddress(url) ? openAiError(status, detail) : { detail };
  const body = status === 204 ? '' : JSON.stringify({ ...fields, ...shaped });
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
