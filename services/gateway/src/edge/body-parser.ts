/**
 * Reads a JSON body and refuses what JSON would let through silently wrong: integers too large for a number (they would be
 * rounded, and a wrong number computed), and keys that reach into prototypes.
 */
import { limits } from '@manyhands/proto';
import { badRequest, invalidFields } from './problem.ts';

const forbiddenKeys = new Set(['__proto__', 'constructor', 'prototype']);
const integerLiteral = /^-?\d+$/;

/** Throws a 400 for what is no JSON or nested too deep, a 422 for an integer that would be rounded. An empty body is undefined. */
export function parseBody(text: string): unknown {
  if (text.trim() === '') return undefined;
  if (isTooDeep(text)) throw badRequest(`The body is nested deeper than ${limits.jsonDepthMax} arrays and objects, one inside the other; send it flatter.`);
  let rounded: { value: number; source: string } | undefined;
  let forbidden: string | undefined;
  let body: unknown;
  try {
    body = JSON.parse(text, (key, value: unknown, context?: { source?: string }) => {
      if (forbiddenKeys.has(key)) forbidden ??= key;
      if (typeof value === 'number' && context?.source !== undefined && isRounded(value, context.source)) rounded ??= { value, source: context.source };
      return value;
    });
  } catch (error) {
    throw badRequest(`The body is not JSON (${(error as Error).message}); send an object like {"kind":"sum","params":{"n":10000}}.`);
  }
  if (forbidden !== undefined) throw badRequest(`The body holds the key "${forbidden}", which is not allowed; take it out.`);
  if (rounded !== undefined) {
    const msg = `${rounded.source} is too large for a JSON number and would be rounded; send it as a string: "${rounded.source}"`;
    throw invalidFields([{ loc: ['body', ...(pathTo(body, rounded.value) ?? [])], msg, type: 'int_too_large' }]);
  }
  return body;
}

/** Looks at brackets outside of strings alone, so what is no JSON is left to the parser. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]+|\\.)*"?|[[{\]}]/gs)) {
    if (token === '[' || token === '{') depth += 1;
    if (token === ']' || token === '}') depth -= 1;
    if (depth > limits.jsonDepthMax) return true;
  }
  return false;
}

function isRounded(value: number, source: string): boolean {
  return !Number.isSafeInteger(value) && integerLiteral.test(source) && BigInt(source) !== BigInt(value);
}

/** Where in the body a number stands. */
function pathTo(within: unknown, sought: number): (string | number)[] | undefined {
  if (within === sought) return [];
  if (typeof within !== 'object' || within === null) return undefined;
  for (const [key, inner] of Object.entries(within)) {
    const path = pathTo(inner, sought);
    if (path) return [Array.isArray(within) ? Number(key) : key, ...path];
  }
  return undefined;
}
