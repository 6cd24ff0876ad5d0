/**
 * Code as the scaled API behind a load balancer runs it: a program whose result is what it prints. Pure.
 *
 * Here code is a script with `map` (the kind `script`), which has no `console`. So a program becomes a script whose `map` runs it and returns what it has printed. Its
 * lines keep their numbers.
 */
import { codeFlaw } from '../kinds/code-check.ts';

const CONSOLE = `const printed = []; const console = (() => {
  const shown = (value) => { if (typeof value === 'string') return value; try { return JSON.stringify(value) ?? String(value); } catch { return String(value); } };
  const log = (...values) => void printed.push(values.map(shown).join(' '));
  return { log, info: log, debug: log, warn: log, error: log };
})();`.replace(/\s+/g, ' ');

/** A script as it is, and so is what cannot be parsed: the kind refuses it with its line. */
export function printingScript(code: string): string {
  if (codeFlaw(code, ['map']) === undefined || codeFlaw(code) !== undefined) return code;
  return `export function map(i, params) { ${CONSOLE} (() => { ${code}\n})(); return printed.join('\\n'); }\nexport function reduce(a) { return a; }\n`;
}
