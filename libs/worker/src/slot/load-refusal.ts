/** States in one sentence why a module of kinds cannot be loaded: the file, the line, and what to do. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { messageOf } from './kernel-error.ts';

/** `address`: of the module that was to be loaded; the fault may be in one that it imports. */
export function loadRefusal(address: string, thrown: unknown): string {
  const message = messageOf(thrown).replace(/^\[.*?\]\s*/, '');
  const place = placeOf(thrown);
  const decorator = place === undefined ? decoratorIn(address, thrown) : undefined;
  const advice =
    decorator === undefined ? adviceFor(message, thrown, place) : '. Decorators do not run under Node: call the function instead';
  return `${place ?? decorator ?? placeName(address)} cannot be loaded: ${message}${advice}`;
}

function adviceFor(message: string, thrown: unknown, place: string | undefined): string {
  const { code, name } = (thrown ?? {}) as { code?: unknown; name?: unknown };
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX')
    return '. Node runs TypeScript by taking the types away, so what makes code (enum, namespace, parameter properties) does not run: write it as plain JavaScript (an object with "as const", a field), or start node with --import tsx';
  if (/does not provide an export named/.test(message))
    return '. If it is a type, import it with "import type"; else check its name';
  if (code === 'ERR_MODULE_NOT_FOUND' || code === 'ENOENT')
    return '. Write the whole file name of your own modules, with .ts or .js; install packages with npm install';
  if (name === 'SyntaxError' && place === undefined) return '. node --check shows the line';
  return '';
}

/** Node puts the place of a syntax error before the stack, and a module that threw is the first of ours in it. */
function placeOf(thrown: unknown): string | undefined {
  const stack = thrown instanceof Error ? (thrown.stack ?? '') : '';
  const before = /^(file:\/\/\S+|\/\S+|[A-Za-z]:\\\S+):(\d+)\n/.exec(stack);
  const inside = /\((file:\/\/\S+?):(\d+):\d+\)|at (?:async )?(file:\/\/\S+?):(\d+):\d+/.exec(stack);
  if (before) return `${placeName(before[1]!)}:${before[2]}`;
  if (thrown instanceof SyntaxError || !inside) return undefined;
  return `${placeName((inside[1] ?? inside[3])!)}:${inside[2] ?? inside[4]}`;
}

/** Node does not report where, for what is left of a decorator. */
function decoratorIn(address: string, thrown: unknown): string | undefined {
  if (!(thrown instanceof SyntaxError) || !address.startsWith('file:')) return undefined;
  try {
    const at = readFileSync(fileURLToPath(address), 'utf8')
      .split('\n')
      .findIndex((line) => /^\s*@[A-Za-z_]/.test(line));
    return at < 0 ? undefined : `${placeName(address)}:${at + 1}`;
  } catch {
    return undefined;
  }
}

function placeName(address: string): string {
  return address.startsWith('file:') ? fileURLToPath(address) : address;
}
