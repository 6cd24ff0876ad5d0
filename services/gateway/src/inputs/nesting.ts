/** How deep JSON text is nested: what is deeper than task code may return overflows the stack of what reads or writes it. Pure. */
import { BRACE_CLOSE, BRACE_OPEN, CLOSE, OPEN, QUOTE } from './bytes.ts';
import { endOfString } from './rounded-number.ts';

/** Whether arrays and objects stand inside each other more often than that. `json` must be JSON. */
export function isDeeperThan(json: string, depthMax: number): boolean {
  if (!hasMoreThan(json, depthMax)) return false;
  let depth = 0;
  for (let at = 0; at < json.length; at += 1) {
    const code = json.charCodeAt(at);
    if (code === QUOTE) at = endOfString(json, at) - 1;
    else if (code === OPEN || code === BRACE_OPEN) {
      depth += 1;
      if (depth > depthMax) return true;
    } else if (code === CLOSE || code === BRACE_CLOSE) depth -= 1;
  }
  return false;
}

/** Whether it has more brackets that open than that, those in texts included: most records have a few, which are found in a tenth of the time. */
function hasMoreThan(json: string, brackets: number): boolean {
  let count = 0;
  for (const bracket of '[{')
    for (let at = json.indexOf(bracket); at >= 0 && count <= brackets; at = json.indexOf(bracket, at + 1)) count += 1;
  return count > brackets;
}
