/**
 * Finds whole numbers in JSON text that would become others where it is read: beyond 2^53 not each of them is a number of JavaScript. Pure.
 *
 * Other numbers are taken as measured: the nearest to `0.10000000000000001` is what was meant by it. One too large for any is found, too.
 */
import { exactIfWhole, MAY_ROUND, NUMBER } from '@manyhands/proto/json-number';
import { BACKSLASH, QUOTE } from './bytes.ts';

const MINUS = 45;

/** What becomes of the first one, as the end of a sentence; undefined: there is none. `json` must be JSON. */
export function roundedIn(json: string): string | undefined {
  if (!MAY_ROUND.test(json)) return undefined;
  for (let at = 0; at < json.length;) {
    const code = json.charCodeAt(at);
    if (code === QUOTE) at = endOfString(json, at);
    else if (code === MINUS || (code >= 48 && code <= 57)) {
      NUMBER.lastIndex = at;
      const literal = NUMBER.exec(json)![0];
      const read = exactIfWhole(literal);
      if (typeof read === 'string') return read;
      at += literal.length;
    } else at += 1;
  }
  return undefined;
}

/** Behind the string whose first quote is at `at`. */
export function endOfString(json: string, at: number): number {
  let end = at + 1;
  while (json.charCodeAt(end) !== QUOTE) end += json.charCodeAt(end) === BACKSLASH ? 2 : 1;
  return end + 1;
}
