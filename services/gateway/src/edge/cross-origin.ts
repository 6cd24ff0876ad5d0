/**
 * What lets a page of another origin read our answers (CORS): of an origin that the operator lists, and of no other. Pure.
 *
 * These are the pages that may change something and open a WebSocket, too (`door.ts`). Their cookies are not asked for: they show an API key or an access token.
 */
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { readOrigin, type Origin } from '@manyhands/proto/settings';

/** Headers of requests that a page may set. */
const SENT = 'authorization, content-type, idempotency-key, if-none-match, if-range, last-event-id, range, traceparent';
/** Headers of answers that a page may read beside those that each may. */
const SHOWN =
  'accept-ranges, content-disposition, content-range, etag, location, ratelimit, ratelimit-policy, retry-after, www-authenticate';
/** Seconds for which a browser need not ask again. */
const KEPT_SEC = '600';

/** Adds to the headers of an answer; `vary` as it was set before. Where nothing is listed no answer depends on who asks. */
export function crossOriginHeaders(
  { method, headers: asked }: Pick<IncomingMessage, 'method' | 'headers'>,
  origins: readonly Origin[],
  { allow, vary }: Pick<OutgoingHttpHeaders, 'allow' | 'vary'>,
): Record<string, string> {
  if (origins.length === 0) return {};
  const varied = { vary: vary === undefined ? 'Origin' : `${[vary].flat().join(', ')}, Origin` };
  const origin = asked.origin === undefined ? undefined : readOrigin(asked.origin);
  if (origin === undefined || !origins.some(({ text }) => text === origin.text)) return varied;
  const isPreflight = method === 'OPTIONS' && asked['access-control-request-method'] !== undefined;
  return {
    ...varied,
    'access-control-allow-origin': asked.origin!,
    'access-control-expose-headers': SHOWN,
    ...(isPreflight && {
      'access-control-allow-methods': String(allow ?? ''),
      'access-control-allow-headers': SENT,
      'access-control-max-age': KEPT_SEC,
    }),
  };
}
