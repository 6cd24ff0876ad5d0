/** Throws what an answer means for its chunk, where it is not the answer that was asked for. Pure. */
import { ComputeRefused, RetryLater } from '@manyhands/worker/task';
import { readRetryAfter, readStatus } from './reading.ts';
import { isText, readText } from './text.ts';

interface Answered {
  url: URL;
  status: number;
  headers: Readonly<Record<string, string | undefined>>;
  body: Uint8Array;
}

const WORDS_MAX = 200;

/** `RetryLater` where the server states when, an error that is tried again without. */
export function throwIfAgain({ url, status, headers, body }: Answered, nowMs: number): void {
  if (readStatus(status) !== 'again') return;
  const what = sentenceOf(url, status, headers, body);
  const afterMs = readRetryAfter(headers['retry-after'], nowMs);
  throw afterMs === undefined
    ? new Error(what)
    : new RetryLater(`${what} (to be tried again in ${Math.ceil(afterMs / 1_000)} s)`, afterMs);
}

export function throwIfRefused({ url, status, headers, body }: Answered): void {
  const { location } = headers;
  const reading = readStatus(status);
  if (reading === 'moved')
    throw new ComputeRefused(
      `${url.host} answered ${status} and leads to ${(location ?? 'nowhere').slice(0, 200)}; what was sent is not sent again, so name that address`,
    );
  if (reading === 'refused') throw new ComputeRefused(sentenceOf(url, status, headers, body));
}

function sentenceOf({ host }: URL, status: number, headers: Answered['headers'], body: Uint8Array): string {
  const type = headers['content-type'] ?? '';
  const words = isText(type)
    ? readText(body.subarray(0, 4 * WORDS_MAX), type)
        .replace(/\s+/g, ' ')
        .trim()
    : '';
  return `${host} answered ${status}${words === '' ? '' : `: ${words.length > WORDS_MAX ? `${words.slice(0, WORDS_MAX)}…` : words}`}`;
}
