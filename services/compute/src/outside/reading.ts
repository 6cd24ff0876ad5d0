/** What an answer's status and headers mean for the request that it answers. Pure. */

export type Reading = 'done' | 'moved' | 'again' | 'refused';

const AGAIN = [408, 425, 429];
const MOVED = [301, 302, 303, 307, 308];
const RETRY_AFTER_MS_MAX = 3_600_000;

/** `again`: the same request may be answered otherwise later; `refused`: it never will. */
export function readStatus(status: number): Reading {
  if (status >= 200 && status < 300) return 'done';
  if (MOVED.includes(status)) return 'moved';
  return AGAIN.includes(status) || status >= 500 ? 'again' : 'refused';
}

/** Whether it shows that the host does not work, rather than that it does not want this request. */
export function isOutage(status: number): boolean {
  return status >= 500 && status !== 501 && status !== 505;
}

/** Milliseconds from now, of seconds or a date; undefined when it is neither. */
export function readRetryAfter(text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined;
  const plain = text.trim();
  const afterMs = /^\d{1,9}$/.test(plain) ? Number(plain) * 1_000 : /[a-z]/i.test(plain) ? Date.parse(plain) - nowMs : NaN;
  return Number.isNaN(afterMs) ? undefined : Math.min(Math.max(afterMs, 0), RETRY_AFTER_MS_MAX);
}

/** The method after a redirect, as browsers have it; undefined where what was sent would have to be sent again. */
export function methodAfter(status: number, method: string): string | undefined {
  if (method === 'GET' || method === 'HEAD') return method;
  return status === 303 ? 'GET' : undefined;
}
