/** Sends one request and reads its answer. */
import type { Answer, AnswerName } from '@manyhands/proto';
import { ApiProblem, problemOf } from './api-problem.ts';
import { ROUTES, type AnswerOf, type RouteName } from './routes.ts';

/** What may be sent as it is; a stream is sent while it is made. */
export type Content = string | Uint8Array<ArrayBuffer> | Blob | ReadableStream<Uint8Array>;

export interface RequestParts {
  /** Stands in the address for `{id}`. */
  id?: string;
  /** Stands in the address for `{name}`. */
  name?: string;
  /** Stands in the address for `{share_id}`. */
  share_id?: string;
  /** Stands in the address for `{token}`. */
  token?: string;
  /** What is undefined is left out. */
  query?: object | undefined;
  /** Sent as JSON. */
  body?: object;
  /** Sent as it is; its form stands in the query. */
  content?: Content;
  headers?: Readonly<Record<string, string>>;
  signal?: AbortSignal | undefined;
  /** Statuses beside 2xx whose body is an answer and no refusal. */
  answeredBy?: readonly number[];
}

/** What an address of `ROUTES` has in braces. */
type Segment = 'id' | 'name' | 'share_id' | 'token';

/** Asks a route. Rejects with `ApiProblem` when refused or not answered, and with the reason of its signal. */
export interface Ask {
  <Name extends RouteName>(
    route: Name,
    parts?: RequestParts,
  ): Promise<AnswerOf<Name> extends AnswerName ? Answer<AnswerOf<Name>> : undefined>;
}

/** The address of a route, below the base address. */
export function addressOf(route: RouteName, { query = {}, ...parts }: Pick<RequestParts, Segment | 'query'> = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return (
    ROUTES[route].path.replace(/\{(\w+)\}/g, (_, segment: string) => encodeURIComponent(parts[segment as Segment] ?? '')) +
    (search === '' ? '' : `?${search}`)
  );
}

/** The answer itself, whose body may be long. Rejects as `Ask` does. */
export async function openAnswer(
  base: string,
  fetchIt: typeof fetch,
  route: RouteName,
  { body, content, headers = {}, signal, answeredBy = [], ...address }: RequestParts,
): Promise<Response> {
  try {
    const response = await fetchIt(base + addressOf(route, address), {
      method: ROUTES[route].method,
      headers: { accept: 'application/json', ...(body && { 'content-type': 'application/json' }), ...headers },
      ...(body && { body: JSON.stringify(body) }),
      // Without `duplex` no stream is taken.
      ...(content !== undefined && { body: content, duplex: 'half' }),
      signal: signal ?? null,
    });
    if (!response.ok && !answeredBy.includes(response.status)) throw await problemOf(response);
    return response;
  } catch (error) {
    throw unanswered(error, signal);
  }
}

/** The body of an answer as text. Rejects as `Ask` does. */
export async function textOf(
  base: string,
  fetchIt: typeof fetch,
  route: RouteName,
  parts: RequestParts,
): Promise<{ status: number; text: string }> {
  const response = await openAnswer(base, fetchIt, route, parts);
  try {
    return { status: response.status, text: response.status === 204 ? '' : await response.text() };
  } catch (error) {
    throw unanswered(error, parts.signal);
  }
}

/** What a call rejects with when `fetch` or reading what it answered threw `error`. Throws the reason of an aborted signal. */
export function unanswered(error: unknown, signal: AbortSignal | undefined): ApiProblem {
  signal?.throwIfAborted();
  if (error instanceof ApiProblem) return error;
  return new ApiProblem(0, 'The gateway does not answer.', { fromApi: false, cause: error });
}

export function createAsk(base: string, fetchIt: typeof fetch): Ask {
  return async (route, parts = {}) => {
    const { status, text } = await textOf(base, fetchIt, route, parts);
    if (text === '') return undefined as never;
    try {
      return JSON.parse(text) as never;
    } catch (cause) {
      throw new ApiProblem(status, `HTTP ${status}: the answer is not JSON`, { fromApi: false, cause });
    }
  };
}
